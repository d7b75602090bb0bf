"""Claiming calls: as many as limits, pauses and breaker allow, each number by one worker at a time."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from carriers.breaker import TRIAL_LASTS
from carriers.models import Account, PollTarget
from carriers.polling.claim import LEASE, Errand, accounts_with_work, claim
from tests.factories import NOW, make_account, make_shipment

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def polled(source: str = "ups", **overrides) -> Account:
    return make_account(**{"source": source, "is_polled": True, "calls_a_minute": 60} | overrides)


def due(carrier: str = "ups", count: int = 1, **overrides) -> list[PollTarget]:
    values = {"carrier": carrier, "next_poll_at": NOW, "planned_state": "in_transit"} | overrides
    return [PollTarget.objects.create(shipment=make_shipment(carrier=carrier), **values) for _ in range(count)]


def numbers(errands: list[Errand]) -> list[str]:
    return [target.number for errand in errands for target in errand.targets]


def test_what_has_waited_longest_is_claimed_first_and_leased():
    account = polled()
    later, first = due(next_poll_at=NOW), due(next_poll_at=NOW - MINUTE)
    due(next_poll_at=NOW + MINUTE)
    errands = claim(account_id=account.pk, most_calls=4, now=NOW)
    assert numbers(errands) == [target.shipment.tracking_number for target in (*first, *later)]
    assert set(PollTarget.objects.filter(leased_until=NOW + LEASE)) == {*first, *later}
    assert claim(account_id=account.pk, most_calls=4, now=NOW) == []


def test_an_account_for_several_carriers_claims_what_has_waited_longest_among_all():
    account = polled(carriers=["dhl", "ups"])
    due("ups", 2, next_poll_at=NOW)
    (first,) = due("dhl", next_poll_at=NOW - MINUTE)
    due("fedex", next_poll_at=NOW - MINUTE)
    errands = claim(account_id=account.pk, most_calls=2, now=NOW)
    assert numbers(errands)[0] == first.shipment.tracking_number
    assert [target.carrier for errand in errands for target in errand.targets] == ["dhl", "ups"]


def test_a_lease_that_ended_makes_its_number_due_again():
    account = polled()
    due()
    claim(account_id=account.pk, most_calls=4, now=NOW)
    assert accounts_with_work(now=NOW + LEASE - MINUTE) == []
    assert accounts_with_work(now=NOW + LEASE) == [account.pk]
    assert len(claim(account_id=account.pk, most_calls=4, now=NOW + LEASE)) == 1


def test_several_numbers_share_a_call_where_the_carrier_takes_several():
    account = polled("fedex")
    due("fedex", 40)
    errands = claim(account_id=account.pk, most_calls=4, now=NOW)
    assert [len(errand.targets) for errand in errands] == [30, 10]
    account.refresh_from_db()
    assert account.minute_left == 6 - 2


def test_calls_beyond_the_allowance_wait_and_lease_nothing():
    account = polled(calls_a_minute=20)
    due(count=5)
    assert len(claim(account_id=account.pk, most_calls=4, now=NOW)) == 2
    assert claim(account_id=account.pk, most_calls=4, now=NOW) == []
    assert PollTarget.objects.filter(leased_until=None).count() == 3
    assert len(claim(account_id=account.pk, most_calls=4, now=NOW + MINUTE)) == 2


@pytest.mark.parametrize(
    "overrides",
    [
        {"is_active": False},
        {"is_polled": False},
        {"polling_held_at": NOW},
        {"paused_until": NOW + MINUTE},
        {"open_until": NOW + MINUTE},
        {"source": "events", "carriers": ["ups"]},
    ],
)
def test_an_account_that_must_wait_claims_nothing(overrides):
    account = polled(**overrides)
    due()
    assert claim(account_id=account.pk, most_calls=4, now=NOW) == []
    assert PollTarget.objects.get().leased_until is None
    account.refresh_from_db()
    assert account.calls_counted_at is None


def test_an_open_breaker_that_has_rested_allows_one_trial_to_one_worker():
    account = polled(failures=5, breaker_trips=1, open_until=NOW)
    due(count=3)
    (errand,) = claim(account_id=account.pk, most_calls=4, now=NOW)
    assert errand.is_trial
    account.refresh_from_db()
    assert account.open_until == NOW + TRIAL_LASTS
    assert claim(account_id=account.pk, most_calls=4, now=NOW) == []


def test_an_account_without_anything_due_is_left_untouched():
    account = polled()
    assert accounts_with_work(now=NOW) == []
    assert claim(account_id=account.pk, most_calls=4, now=NOW) == []
    account.refresh_from_db()
    assert account.calls_counted_at is None


def test_workers_at_once_claim_each_number_once_and_keep_the_limit_together():
    account = polled(calls_a_minute=300)
    due(count=60)
    claimed: list[str] = []

    def work() -> None:
        try:
            while some := numbers(claim(account_id=account.pk, most_calls=4, now=NOW)):
                claimed.extend(some)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(claimed) == len(set(claimed)) == 30
