"""When a parcel is asked about again: by where it is, how long it is silent, and the same jitter every time."""

from datetime import UTC, datetime, timedelta

import pytest

from carriers.cadence import PACES, Cadence, cadence_of, next_poll_at, retry_at
from shipments.facts import State

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wait(state: State, silent_for: timedelta, cadence: Cadence | None = None, seed: str = "1Z") -> timedelta | None:
    at = next_poll_at(state, NOW - silent_for, cadence or Cadence(), now=NOW, seed=seed)
    return at and at - NOW


@pytest.mark.parametrize(
    ("state", "silent_for", "minutes"),
    [
        (State.UNKNOWN, HOUR, 360),
        (State.LABEL_CREATED, HOUR, 360),
        (State.IN_TRANSIT, HOUR, 120),
        (State.DELAYED, HOUR, 120),
        (State.OUT_FOR_DELIVERY, HOUR, 20),
        (State.OUT_FOR_DELIVERY, 20 * HOUR, 120),
        (State.OUT_FOR_DELIVERY, 80 * HOUR, 720),
        (State.IN_TRANSIT, 80 * HOUR, 720),
        (State.LABEL_CREATED, 80 * HOUR, 720),
        (State.DELIVERED, 24 * HOUR, 720),
        (State.LOST, 30 * 24 * HOUR, 1440),
        (State.IN_TRANSIT, -HOUR, 120),
    ],
)
def test_a_parcel_waits_about_the_interval_of_its_pace(state, silent_for, minutes):
    assert 0.9 <= wait(state, silent_for) / timedelta(minutes=minutes) <= 1.1


@pytest.mark.parametrize(
    ("state", "days"),
    [(State.DELIVERED, 6), (State.RETURNED, 6), (State.CANCELLED, 6), (State.IN_TRANSIT, 91), (State.LOST, 91)],
)
def test_a_parcel_is_let_go_when_no_answer_can_matter(state, days):
    assert wait(state, timedelta(days=days)) is None
    assert wait(state, timedelta(days=days - 2)) is not None


def test_every_state_has_a_pace():
    assert set(PACES) == set(State)


def test_jitter_is_the_same_for_one_number_and_differs_between_numbers():
    waits = [wait(State.IN_TRANSIT, HOUR, seed=f"1Z{n}") for n in range(100)]
    assert waits == [wait(State.IN_TRANSIT, HOUR, seed=f"1Z{n}") for n in range(100)]
    assert len(set(waits)) == 100
    assert max(waits) - min(waits) > timedelta(minutes=15)


def test_an_account_states_its_own_cadence():
    assert cadence_of({"moving_minutes": 60}) == Cadence(moving_minutes=60)
    assert wait(State.IN_TRANSIT, HOUR, cadence_of({"moving_minutes": 60})) < timedelta(minutes=70)


@pytest.mark.parametrize(
    "document", [{"often": 1}, {"moving_minutes": 0}, {"moving_minutes": "60"}, {"out_minutes": True}]
)
def test_a_cadence_that_is_none_is_refused_by_name(document):
    with pytest.raises(ValueError, match=next(iter(document))):
        cadence_of(document)


def test_retries_wait_longer_each_time_up_to_an_hour():
    waits = [retry_at(attempts, now=NOW, seed="1Z") - NOW for attempts in (1, 2, 4, 7, 50, 30_000)]
    assert 0.9 <= waits[0] / timedelta(minutes=1) <= 1.1
    assert waits[0] < waits[1] < waits[2] < waits[3]
    assert all(0.9 <= each / HOUR <= 1.1 for each in waits[3:])
