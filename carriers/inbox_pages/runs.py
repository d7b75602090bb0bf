"""What came of replays: computed from what is recorded, so that no worker has to keep count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When

from carriers.inbox_pages.marks import OUTCOME, PROBLEM, Outcome
from carriers.models import InboundMessage, MessageState, Problem, Replay, ReplayRun
from shipments.marks import Mark


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: how many messages it took, and how many of them came to what."""

    total: int
    waiting: int = 0
    read: int = 0
    same: int = 0
    other: int = 0

    @property
    def done(self) -> int:
        return self.total - self.waiting

    @property
    def words(self) -> str:
        """Say what came of it, in a sentence."""
        parts = [
            f"{self.read:,} can be read now",
            *([f"{self.same:,} failed as before"] if self.same else []),
            *([f"{self.other:,} failed for another reason"] if self.other else []),
        ]
        return f"{', '.join(parts)}."


def with_outcome(replays: QuerySet[Replay]) -> QuerySet[Replay]:
    """Annotate replays with `outcome`, and with `after`, the problem there was afterwards (empty where none was).

    What came of a replay is what the next one of the same message found, else how the message stands now.
    """
    later = Replay.objects.filter(message=OuterRef("message"), pk__gt=OuterRef("pk")).order_by("pk")
    stands = Q(later=None)
    return replays.annotate(
        later=Subquery(later.values("pk")[:1]), later_problem=Subquery(later.values("problem_before")[:1])
    ).annotate(
        after=Case(When(stands, then=F("message__problem")), default=F("later_problem"), output_field=TextField()),
        outcome=Case(
            When(stands & Q(message__state=MessageState.RECEIVED), then=Value(Outcome.WAITING)),
            When(stands & Q(message__problem=""), then=Value(Outcome.READ)),
            When(~stands & Q(later_problem=""), then=Value(Outcome.READ)),
            When(stands & Q(message__problem=F("problem_before")), then=Value(Outcome.SAME)),
            When(~stands & Q(later_problem=F("problem_before")), then=Value(Outcome.SAME)),
            default=Value(Outcome.OTHER),
            output_field=TextField(),
        ),
    )


def progress_of(run: ReplayRun) -> Progress:
    """Count what came of a run so far, in one query."""
    rows = with_outcome(Replay.objects.filter(run=run)).order_by().values_list("outcome").annotate(count=Count("pk"))
    counts = dict(rows)
    return Progress(sum(counts.values()), **{str(outcome): counts.get(outcome, 0) for outcome in Outcome})


def replays_of_run(run: ReplayRun) -> QuerySet[Replay]:
    """Return a run's replays with their outcome and their message, without its body."""
    rows = Replay.objects.filter(run=run).select_related("message__account").defer("message__body")
    return with_outcome(rows)


def replays_of_message(message: InboundMessage) -> list[Replay]:
    """Return a message's replays, newest first, with who, how and what came of it."""
    rows = with_outcome(Replay.objects.filter(message=message)).select_related("run", "by").order_by("-at", "-pk")
    return marked(rows[:50])


def marked(replays: Iterable[Replay]) -> list[Replay]:
    """Put on each replay how its outcome and the problems before and after look."""
    rows = list(replays)
    for each in rows:
        each.mark = OUTCOME[Outcome(each.outcome)]
        each.before_mark = _problem(each.problem_before)
        each.after_mark = _problem(each.after)
    return rows


def _problem(problem: str) -> Mark | None:
    return PROBLEM[Problem(problem)] if problem else None
