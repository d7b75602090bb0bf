"""What is judged and not opened: a parcel outside the scope of the policy, and everything a draft in shadow sees.

The verdicts come from the very same judgement as the live one; only what follows differs. Two statements a batch, and
none where the scope is everything and no draft is in shadow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from exceptions_queue.policy.document import Policy
from exceptions_queue.policy.situation import FindingKind, Level, OpenFinding, Team
from exceptions_queue.triage.situations import Due
from shipments.setwise import columns, run

if TYPE_CHECKING:
    from exceptions_queue.triage.judge import Judged

OUTSIDE: Final = "outside"
SHADOW: Final = "shadow"

Judge = Callable[[Due, Policy], "Judged"]


class Judging(NamedTuple):
    """A policy version that judges: its id and what it says."""

    id: int
    policy: Policy


class Open(NamedTuple):
    """An observation that is open: its id, and its findings as if they were open on a case."""

    id: int
    findings: tuple[OpenFinding, ...]


class Seen(NamedTuple):
    """What a verdict would have opened or watched; the first finding is the headline."""

    findings: tuple[FindingKind, ...]
    level: Level
    score: int
    team: Team
    summary: str


@dataclass(frozen=True, slots=True)
class Watch:
    """One batch's observations: who judges, and what is open on its shipments (keyed by shipment and mode)."""

    live: Judging
    shadow: Judging | None
    open: Mapping[tuple[int, str], Open]

    @property
    def looks(self) -> bool:
        """Say whether anything can be observed at all."""
        return self.shadow is not None or self.live.policy.scope.limited

    def judge(self, due: Due, judge: Judge) -> tuple[Judged, Seen | None, Seen | None]:
        """Return the live judgement without what is outside the scope, what was outside it, and what the draft saw."""
        if not self.looks:
            return judge(due, self.live.policy), None, None
        judged = self.open_anyway(due, judge)
        outside = None
        if judged.change and judged.change.case_id is None and not self._is_inside(due, judged.change.team):
            outside, judged = _seen(judged), replace(judged, change=None)
        if self.shadow is None:
            return judged, outside, None
        drafted = judge(self._as_observed(replace(due, case=None), SHADOW), self.shadow.policy)
        if not drafted.problem:
            judged = replace(judged, next_review_at=_earlier(judged.next_review_at, drafted.next_review_at))
        return judged, outside, _seen(drafted)

    def open_anyway(self, due: Due, judge: Judge) -> Judged:
        """Return the live judgement, the scope left aside."""
        return judge(self._as_observed(due, OUTSIDE) if due.case is None else due, self.live.policy)

    def _is_inside(self, due: Due, team: Team) -> bool:
        return self.live.policy.scope.holds(due.situation.carrier, due.situation.storefront, team)

    def _as_observed(self, due: Due, mode: str) -> Due:
        """Return the shipment with what is observed of it as if that were open: it stays until its detector lets go."""
        found = self.open.get((due.shipment_id, mode))
        findings = found.findings if found else ()
        if findings == due.situation.open_findings:
            return due
        return replace(due, situation=replace(due.situation, open_findings=findings))


def watch_over(due: Sequence[Due], live: Judging, shadow: Judging | None, *, now: datetime) -> Watch:
    """Return the batch's watch, with what is open read in one statement where anything can be observed.

    What is observed counts as open since now: nobody owes anything yet, so a case that opens from it has all its time.
    """
    if shadow is None and not live.policy.scope.limited:
        return Watch(live, None, {})
    rows = run(
        """
        SELECT shipment_id, mode, id, findings, level FROM exceptions_queue_observation
         WHERE shipment_id = ANY(%b::bigint[]) AND cleared_at IS NULL
        """,
        [[each.shipment_id for each in due]],
    )
    return Watch(
        live,
        shadow,
        {
            (shipment, mode): Open(
                pk, tuple(OpenFinding(FindingKind(kind), now) for kind in kinds) if level == Level.CASE else ()
            )
            for shipment, mode, pk, kinds, level in rows
        },
    )


def write_observations(watch: Watch, seen: Sequence[tuple[Judged, Seen | None, Seen | None]], *, now: datetime) -> None:
    """Write what a batch was seen to be, and clear what is no more; one statement."""
    if not watch.looks:
        return
    rows, gone = [], []
    for judged, outside, shadowed in seen:
        shipment_id = judged.due.shipment_id
        for mode, judging, what in ((OUTSIDE, watch.live, outside), (SHADOW, watch.shadow, shadowed)):
            known = watch.open.get((shipment_id, mode))
            if what is not None and judging is not None:
                kinds = ",".join(what.findings)
                rows.append((shipment_id, judging.id, mode, kinds, *_plain(what)))
            elif known is not None:
                gone.append(known.id)
    if rows or gone:
        run(_WRITE, [now, now, gone, now, now, *columns(rows, 8)])


_WRITE: Final = """
    WITH gone AS (
        UPDATE exceptions_queue_observation
           SET cleared_at = greatest(%b, first_at), last_at = greatest(%b, first_at)
         WHERE id = ANY(%b::bigint[])
    )
    INSERT INTO exceptions_queue_observation AS known
           (shipment_id, policy_id, mode, findings, level, score, team, summary, first_at, last_at)
    SELECT shipment_id, policy_id, mode, string_to_array(findings, ','), level, score, team, summary, %b, %b
      FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::int[], %b::text[], %b::text[])
           AS fresh(shipment_id, policy_id, mode, findings, level, score, team, summary)
        ON CONFLICT (shipment_id, mode) WHERE cleared_at IS NULL
        DO UPDATE SET policy_id = excluded.policy_id, findings = excluded.findings, level = excluded.level,
                      score = excluded.score, team = excluded.team, summary = excluded.summary,
                      last_at = greatest(excluded.last_at, known.first_at)
"""


def _seen(judged: Judged) -> Seen | None:
    """Return what a judgement would have opened, else what it would have watched, else nothing."""
    change, verdict = judged.change, judged.verdict
    if change is not None:
        kinds = tuple(found.kind for found in change.added)
        return Seen(kinds, Level.CASE, change.score, change.team, change.summary)
    if verdict is None or verdict.level is not Level.WATCH or not verdict.findings:
        return None
    first = verdict.findings[0]
    return Seen(tuple(each.kind for each in verdict.findings), Level.WATCH, verdict.score, first.team, first.sentence)


def _plain(seen: Seen) -> tuple[str, int, str, str]:
    return seen.level.value, seen.score, seen.team.value, seen.summary


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
