"""Random situations and policies for the promises that hold over all of them."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.document import Policy, parse_policy
from exceptions_queue.policy.giving import GIVING, Given, not_looked_at
from exceptions_queue.policy.rules import FIGURES, RAISED
from exceptions_queue.policy.situation import FindingKind, Severity, Situation
from shipments.disagreement import Telling, Told, tellings
from shipments.facts import Channel, Direction, Reason, State
from shipments.timeline import Scanned

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"]

instants = st.datetimes(datetime(2026, 10, 20), datetime(2026, 12, 5)).map(
    lambda when: when.replace(second=0, microsecond=0, tzinfo=UTC, fold=0)
)
maybe = st.one_of(st.none(), instants)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Return a parcel in any state, with a past that could have led there."""
    known_since = draw(instants)
    scans = draw(st.lists(st.timedeltas(timedelta(0), timedelta(days=12)), max_size=3).map(sorted))
    physical = [known_since + scan for scan in scans]
    state = draw(st.sampled_from(State))
    attempts = draw(st.integers(0, 3)) if physical else 0
    seen = physical[-1] if physical else known_since
    delivered_at = seen if state is State.DELIVERED else None
    asked_at = delivered_at and draw(st.sampled_from([None, delivered_at + timedelta(hours=5)]))
    return Situation(
        carrier=draw(st.sampled_from(["ups", "usps", "canadapost", "c2k-air"])),
        tracking_number="1",
        state=state,
        last_known_state=draw(st.sampled_from(State)),
        known_since=known_since,
        service=draw(st.sampled_from(["", "UPS Ground", "Next Day Air", "FEDEX_INTERNATIONAL_PRIORITY"])),
        direction=draw(st.sampled_from(Direction)),
        reason=draw(st.sampled_from(["", *Reason.values])),
        state_since=draw(st.sampled_from([None, seen])),
        last_event_at=seen,
        first_physical_at=physical[0] if physical else None,
        last_physical_at=physical[-1] if physical else None,
        attempts=attempts,
        last_attempt_at=seen if attempts else None,
        damaged_at=draw(st.sampled_from([None, None, seen])),
        delivered_at=delivered_at,
        unmapped_code=draw(st.sampled_from(["", "X:99"])) if state is State.UNKNOWN else "",
        last_description=draw(st.sampled_from(["", "Papers missing"])),
        promised_at=draw(maybe),
        estimated_at=draw(maybe),
        order_id=draw(st.sampled_from(["", "O-1"])),
        event_date=draw(maybe),
        value=draw(st.sampled_from([None, Decimal(20), Decimal(300)])),
        currency=draw(st.sampled_from(["USD", "XTS"])),
        tier=draw(st.sampled_from(["", "vip", "gold", "unheard of"])),
        channel=draw(st.sampled_from(["", *Channel.values])),
        contacts=draw(st.integers(0, 9)),
        missed_since=asked_at,
        missed_until=asked_at
        and draw(st.none() | st.timedeltas(timedelta(0), timedelta(days=9)).map(asked_at.__add__)),
        settled=draw(settled()),
        order_settled_at=draw(maybe),
        tellings=draw(told()),
    )


@st.composite
def told(draw: st.DrawFn) -> tuple[Telling, ...]:
    """Return what two or three sources tell, or nothing where there is but one."""
    sources = draw(st.sampled_from([(), (), ("easypost", "ups"), ("easypost", "events", "ups")]))
    return tellings(
        Told(source, at + draw(st.timedeltas(timedelta(0), timedelta(days=3))), _scan(draw, at))
        for source in sources
        for at in draw(st.lists(instants, min_size=1, max_size=3))
    )


def _scan(draw: st.DrawFn, at: datetime) -> Scanned:
    reason = draw(st.sampled_from(["", Reason.INVALID_TRACKING_NUMBER]))
    return Scanned(at, UUID(int=draw(st.integers(0, 99))), draw(st.sampled_from(State)), reason, draw(st.booleans()))


@st.composite
def settled(draw: st.DrawFn) -> Any:
    """Return what was given for a parcel and not looked at since."""
    kinds = draw(st.lists(st.sampled_from(GIVING), max_size=3))
    at = sorted(draw(st.lists(instants, min_size=len(kinds), max_size=len(kinds))))
    return not_looked_at(Given(1, kind, when, Decimal(80), "USD") for kind, when in zip(kinds, at, strict=True))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Return a policy that somebody could have published: any figures, severities, calendars and levels.

    A promise that is missed is looked for, and is as bad as anything: where it is milder than one at risk, the case
    grows milder when the promise ends, because the policy says so.
    """
    data = deepcopy(DEFAULT_POLICY)
    data["detectors"] = {kind.value: draw(_detector(kind, data["detectors"][kind.value])) for kind in FIGURES}
    data["detectors"]["promise_missed"] |= {"on": True, "severity": "critical", "steps": []}
    data["calendars"]["carriers"] = {
        "default": draw(_calendar()),
        "ups": draw(_calendar()),
        "default/international": draw(_calendar()),
    }
    watch = draw(st.integers(0, 30))
    data["score"] |= {"watch": watch, "case": watch + draw(st.integers(0, 20))}
    return parse_policy(data)


@st.composite
def _detector(draw: st.DrawFn, kind: FindingKind, line: dict[str, Any]) -> dict[str, Any]:
    severity, raised = sorted(draw(st.lists(st.sampled_from(Severity), min_size=2, max_size=2)))
    figures = {name: draw(st.integers(figure.least, figure.least + 12)) for name, figure in FIGURES[kind].items()}
    days = sorted(draw(st.sets(st.integers(1, 20), max_size=2)))
    steps = [{"after_days": day, "severity": _word(Severity.CRITICAL)} for day in days]
    return {
        **{name: value for name, value in line.items() if name in ("team", "next_action", "allowed_hours")},
        **figures,
        "on": draw(st.sampled_from([True, True, True, False])),
        "severity": _word(severity),
        **({"raised": _word(raised)} if kind in RAISED else {}),
        "steps": steps,
    }


def _word(severity: Severity) -> str:
    return severity.name.lower()


@st.composite
def _calendar(draw: st.DrawFn) -> dict[str, Any]:
    days = draw(st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1))
    calendar: dict[str, Any] = {
        "days": sorted(days),
        "zone": draw(st.sampled_from(ZONES)),
        "holidays": [day.isoformat() for day in draw(st.lists(instants.map(datetime.date), max_size=4))],
    }
    if draw(st.booleans()):
        calendar["cutoff"] = draw(st.sampled_from(["00:00", "11:30", "23:59"]))
    if draw(st.booleans()):
        calendar["peak"] = {"from": "11-15", "to": "01-15", "factor": draw(st.sampled_from([1, 1.7, 3]))}
    return calendar
