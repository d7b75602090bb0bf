"""How messages, their problems and what came of replays look, and what to do about each problem."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices

from carriers.models import MessageState, Problem
from shipments.marks import Mark

STATE: Final = {
    MessageState.RECEIVED: Mark("Waiting to be read", "accent", "wait"),
    MessageState.DONE: Mark("Read", "good", "check"),
    MessageState.FAILED: Mark("Failed", "high", "high"),
    MessageState.QUARANTINED: Mark("Quarantined", "medium", "door"),
}

PROBLEM: Final = {
    Problem.UNREADABLE: Mark("Not readable", "high", "high"),
    Problem.FEED_TROUBLE: Mark("Carrier’s error", "medium", "medium"),
    Problem.NO_NUMBER: Mark("No number", "high", "high"),
    Problem.NOT_AUTHENTIC: Mark("Not authentic", "medium", "door"),
    Problem.REFUSED: Mark("Refused here", "high", "high"),
    Problem.CRASHED: Mark("Our fault", "critical", "critical"),
}
"""Each problem in two words, for lists where its sentence stands beside it."""

REMEDY: Final = {
    Problem.UNREADABLE: "Compare the body with the sentence above. If the sender changed its format, the source’s "
    "reader has to learn it; replay the message afterwards.",
    Problem.FEED_TROUBLE: "The carrier’s service answered, not a parcel. Look at the account’s sign-in and limits; "
    "the next poll asks again, so a replay of this answer changes nothing.",
    Problem.NO_NUMBER: "Ask the sender to name the parcel and to send the message again.",
    Problem.NOT_AUTHENTIC: "It is never read. Check the account’s secret, then ask the sender to send it again.",
    Problem.REFUSED: "The sentence above says what the database refused. Replay it once that is mended.",
    Problem.CRASHED: "This is a fault of ours: give the sentence above to whoever maintains Waypost, and replay the "
    "message once it is mended.",
}


class Outcome(TextChoices):
    """What came of one replay."""

    WAITING = "waiting", "Waiting to be read"
    READ = "read", "Read now"
    SAME = "same", "Failed as before"
    OTHER = "other", "Failed for another reason"


OUTCOME: Final = {
    Outcome.WAITING: Mark(Outcome.WAITING.label, "accent", "wait"),
    Outcome.READ: Mark(Outcome.READ.label, "good", "check"),
    Outcome.SAME: Mark(Outcome.SAME.label, "medium", "medium"),
    Outcome.OTHER: Mark(Outcome.OTHER.label, "high", "high"),
}
