"""What a reviewer is asked of every case, and what can be answered (pure)."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices


class Question(TextChoices):
    """The three questions of a review; each is a field of its name on the case's row."""

    MESSAGED = "messaged", "Was the right customer messaged?"
    PAUSED = "paused", "Did it pause when it should?"
    EVIDENCE = "evidence", "Was there enough evidence to act?"


class Answer(TextChoices):
    """What a reviewer can say to each."""

    YES = "yes", "Yes"
    NO = "no", "No"
    CANNOT_TELL = "cannot_tell", "Cannot tell"


KEYS: Final = {Answer.YES: "y", Answer.NO: "n", Answer.CANNOT_TELL: "c"}
"""The one key of each answer."""

HELP: Final = {
    Question.MESSAGED: "Whoever waits for the parcel was told what was true, or rightly heard nothing.",
    Question.PAUSED: "Messages were held and clocks stood still while somebody was on it, or nobody had to be told.",
    Question.EVIDENCE: "What the case showed was enough to do the next thing without opening another system.",
}
"""What each question asks, for who answers it the first time."""
