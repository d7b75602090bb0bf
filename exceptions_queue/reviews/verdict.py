"""What the answers of a review come to: shares, and sentences on what failed and where to look (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.reviews.questions import Answer, Question

SMALL_SAMPLE: Final = 10
"""Below so many answers a share says little: one case more moves it by ten points."""


class Look(NamedTuple):
    """Where in the policy a failure comes from: the words, the part of the document, and the sentence in it.

    `{finding}` stands for the finding, by its name in words and by its slug in `key`.
    """

    words: str
    part: str
    key: str


_FAILED: Final = {
    Question.MESSAGED: "did not message the right customer",
    Question.PAUSED: "did not pause when {they} should",
    Question.EVIDENCE: "lacked evidence to act",
}
_UNCLEAR: Final = {
    Question.MESSAGED: "whether the right customer was messaged",
    Question.PAUSED: "whether they should have paused",
    Question.EVIDENCE: "whether there was enough evidence to act",
}
_LOOK: Final = {
    Question.MESSAGED: Look("Look at what customers hear of {finding}.", "answers", "messages:findings"),
    Question.PAUSED: Look("Look at when a message is held.", "answers", "messages:hold"),
    Question.EVIDENCE: Look("Look at what {finding} waits for before it opens a case.", "rules", "{finding}"),
}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One answered case: its finding when it was drawn, and what was said to each question."""

    place: int
    finding: str
    answers: Mapping[Question, Answer]


@dataclass(frozen=True, slots=True)
class Share:
    """What was said to one question; who cannot tell counts for neither side."""

    question: Question
    yes: int
    no: int
    cannot_tell: int

    @property
    def told(self) -> int:
        return self.yes + self.no

    @property
    def percent(self) -> int | None:
        """Return the share of yes, None where nobody could tell."""
        return round(100 * self.yes / self.told) if self.told else None

    @property
    def is_small(self) -> bool:
        return self.told < SMALL_SAMPLE


@dataclass(frozen=True, slots=True)
class Failure:
    """The cases of one finding that failed one question, among those of it that could be told."""

    question: Question
    finding: FindingKind
    places: tuple[int, ...]
    of: int
    sentence: str
    look: Look


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a review found; failures are in the order in which they matter, `unclear` says what nobody could tell."""

    cases: int
    shares: tuple[Share, ...]
    failures: tuple[Failure, ...]
    unclear: tuple[str, ...]

    @property
    def headline(self) -> str:
        """Return the verdict in one sentence, as a draft's reason says it."""
        if not self.cases:
            return "No case was answered."
        if not self.failures:
            return f"None of {_cases(self.cases)} failed a question."
        return " ".join(failure.sentence for failure in self.failures[:2])


def verdict(reviewed: Iterable[Reviewed]) -> Verdict:
    """Return what the answered cases of a review come to."""
    kept = list(reviewed)
    groups = [
        (question, FindingKind(finding), [each for each in kept if each.finding == finding])
        for question in Question
        for finding in sorted({each.finding for each in kept})
    ]
    failures = [found for group in groups if (found := _failure(*group))]
    failures.sort(key=lambda each: (-len(each.places), -len(each.places) / each.of))
    return Verdict(
        len(kept),
        tuple(_share(question, kept) for question in Question),
        tuple(failures),
        tuple(said for group in groups if (said := _unclear(*group))),
    )


def _share(question: Question, reviewed: Sequence[Reviewed]) -> Share:
    said = [each.answers[question] for each in reviewed]
    return Share(question, *(said.count(answer) for answer in Answer))


def _failure(question: Question, finding: FindingKind, members: Sequence[Reviewed]) -> Failure | None:
    told = [each for each in members if each.answers[question] is not Answer.CANNOT_TELL]
    failed = tuple(each.place for each in told if each.answers[question] is Answer.NO)
    if not failed:
        return None
    words, part, key = _LOOK[question]
    look = Look(words.format(finding=_named(finding)), part, key.format(finding=finding.value))
    they = "it" if len(told) == 1 else "they"
    sentence = f"{_some(len(failed), len(told), finding)} {_FAILED[question].format(they=they)}."
    return Failure(question, finding, failed, len(told), sentence, look)


def _unclear(question: Question, finding: FindingKind, members: Sequence[Reviewed]) -> str:
    """Say that cases do not show what is asked, where that holds for at least two and for half of them."""
    lost = sum(each.answers[question] is Answer.CANNOT_TELL for each in members)
    if lost < 2 or 2 * lost < len(members):
        return ""
    return f"{_some(lost, len(members), finding)} do not show {_UNCLEAR[question]}."


def _some(count: int, of: int, finding: FindingKind) -> str:
    return f"The one {_named(finding)} case" if of == 1 else f"{count} of {of} {_named(finding)} cases"


def _named(finding: FindingKind) -> str:
    return f"“{finding.label.lower()}”"


def _cases(count: int) -> str:
    return "1 case" if count == 1 else f"{count} cases"
