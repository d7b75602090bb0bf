"""When each message about a parcel reaches us: late, twice, out of order, and sometimes broken (pure)."""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

from config.simulation.instants import DAY, HOUR, MINUTE
from config.simulation.kinds import QUIET, Kind
from config.simulation.parcels import Parcel
from config.simulation.writers import TELLERS, Teller
from config.simulation.writers.telling import Form

TWICE: Final = 0.05
"""Share of messages delivered twice."""
LATE: Final = 0.03
"""Share of messages that are hours or days late, and so arrive behind newer ones."""
_ALERTED: Final = frozenset({Kind.OUT, Kind.DELIVERED, Kind.ATTEMPT, Kind.LAST_ATTEMPT, Kind.ADDRESS, Kind.DAMAGED})
_FEED_LAG: Final = {"easypost": 35 * MINUTE, "events": 6 * MINUTE, "ups": 4 * MINUTE}
_POLL_EVERY: Final = 5 * HOUR
_BROKEN_EVERY: Final = 397
"""Every so many parcels, one answer arrives as a web page or cut off."""


class Sent(NamedTuple):
    """One message: when we receive it, and all that is needed to write it. Sorts by time, then by parcel."""

    received_at: int
    parcel: int
    serial: int
    sent_at: int
    form: Form
    scans: int
    copy: int
    teller: Teller


def sent(parcel: Parcel, seed: int, offsets: dict[str, int], ends: int) -> list[Sent]:
    """Return every message about the parcel received by `ends`, in no order."""
    rng = Random(seed * 1_000_000_009 + parcel.index)
    teller = TELLERS[parcel.service.source](parcel, offsets)
    plan = _POLLED[parcel.service.source](rng, parcel, ends)
    pushes = parcel.service.source in ("easypost", "events")
    messages = []
    for serial, (at, form, count) in enumerate(plan):
        received = at + (_lateness(rng) if pushes or form is Form.SCAN else 0)
        messages.append(Sent(received, parcel.index, serial, at, form, count, 0, teller))
        if form is not Form.NOT_FOUND and rng.random() < TWICE:
            again = received + int((0.02 + rng.random() ** 3) * 5 * HOUR)
            copy = 0 if rng.random() < 0.5 else 1
            messages.append(Sent(again, parcel.index, serial, at, form, count, copy, teller))
    if parcel.index % _BROKEN_EVERY == seed % _BROKEN_EVERY and messages:
        messages.append(_broken(messages[len(messages) // 2], parcel.index))
    return [message for message in messages if message.received_at <= ends]


def _lateness(rng: Random) -> int:
    """Return by how much a push is delayed on its way to us: mostly not at all."""
    return int((3 + 40 * rng.random() ** 2) * HOUR) if rng.random() < LATE else 0


def _broken(beside: Sent, index: int) -> Sent:
    form = Form.WEB_PAGE if index % 2 else Form.CUT_OFF
    return beside._replace(received_at=beside.received_at + 11 * MINUTE, serial=beside.serial + 500, form=form)


Plan = list[tuple[int, Form, int]]


def _lag(rng: Random, typical: int) -> int:
    """Return how long after the scan a push arrives: mostly minutes, sometimes hours."""
    return int(typical * rng.lognormvariate(0, 0.7)) + 5


def _webhooks(rng: Random, parcel: Parcel, ends: int) -> Plan:
    """EasyPost: an event for most scans; quiet ones are told with the next."""
    plan: Plan = []
    final = len(parcel.scans)
    for count, scan in enumerate(parcel.scans, 1):
        if scan.kind in QUIET and count < final and rng.random() < 0.3:
            continue
        plan.append((scan.at + _lag(rng, _FEED_LAG["easypost"]), Form.HISTORY, count))
    return plan


def _singles(rng: Random, parcel: Parcel, ends: int) -> Plan:
    """Our contract: one event for each scan."""
    lag = _FEED_LAG["events"]
    return [(scan.at + _lag(rng, lag), Form.SCAN, count) for count, scan in enumerate(parcel.scans, 1)]


def _polls(rng: Random, parcel: Parcel, ends: int) -> Plan:
    """FedEx: asked every few hours; an answer without news is asked for less often."""
    if not parcel.scans:
        return [(at, Form.NOT_FOUND, 0) for at in range(parcel.label_at + HOUR, ends, 9 * HOUR)][:12]
    plan: Plan = []
    if rng.random() < 0.012:
        plan.append((parcel.label_at + int((0.1 + 0.5 * rng.random()) * HOUR), Form.NOT_FOUND, 0))
    count, final = 0, len(parcel.scans)
    phase = int(rng.random() * _POLL_EVERY)
    while count < final:
        following = parcel.scans[count].at
        asked = following + (phase - following) % _POLL_EVERY + 41 * MINUTE
        count = next((i for i in range(final, count, -1) if parcel.scans[i - 1].at <= asked), count + 1)
        plan.append((asked, Form.HISTORY, count))
        quiet = (parcel.scans[count].at if count < final else asked + DAY) - asked
        if quiet > 20 * HOUR and count < final:
            plan += [(asked + i * 18 * HOUR, Form.HISTORY, count) for i in range(1, min(4, quiet // (18 * HOUR)) + 1)]
    return plan


def _polls_and_alerts(rng: Random, parcel: Parcel, ends: int) -> Plan:
    """UPS: polled like FedEx, and it pushes what matters."""
    plan = _polls(rng, parcel, ends)
    lag = _FEED_LAG["ups"]
    for count, scan in enumerate(parcel.scans, 1):
        if scan.kind in _ALERTED:
            plan.append((scan.at + _lag(rng, lag), Form.SCAN, count))
    return plan


_POLLED: Final = {"easypost": _webhooks, "events": _singles, "fedex": _polls, "ups": _polls_and_alerts}
