"""A simulated world goes through the real pipeline, once."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from carriers.models import Account, InboundMessage, MessageState
from config.simulation import diary
from config.simulation.kinds import state_of
from config.simulation.people import Staff
from config.simulation.play import play
from config.simulation.world import World
from exceptions_queue.models import Case, CaseEvent, Decision
from shipments.models import Conversation, Order, Shipment, TrackingEvent
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = {"shipments": 20, "days": 3}


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("WAYPOST_DATA", str(tmp_path))


def simulate(**options: Any) -> dict[str, Any]:
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("simulate", **{"shipments": 60, "days": 7, "seed": 4} | options, json=True, stdout=out, stderr=out)
    return json.loads(out.getvalue().splitlines()[-1])


def rows() -> dict[str, int]:
    models = (Order, Shipment, TrackingEvent, Conversation, InboundMessage, Case, CaseEvent)
    return {model.__name__: model.objects.count() for model in models}


def test_a_month_ends_now_with_every_shipment_in_the_state_the_world_means():
    counts = simulate(shipments=120, days=8)
    assert Shipment.objects.count() + _unlabelled(120, 8) == counts["shipments"] == 120
    assert counts["failed"] <= 2
    assert not InboundMessage.objects.filter(state=MessageState.RECEIVED).exists()
    assert not Shipment.objects.filter(review_due_at__lte=NOW).exists()
    assert not TrackingEvent.objects.filter(received_at__gt=NOW).exists()
    assert 1 <= counts["cases_open"] + counts["cases_closed"] <= 60
    assert {account.source for account in Account.objects.exclude(sealed_secrets="")} == {
        *("easypost", "ups", "fedex", "events")
    }


def test_people_work_the_cases_in_their_hours_and_never_tomorrow():
    world = World(150, 10, 4, NOW)
    play(world, Staff(4, scale=0.02), since=None, tell=lambda share, at: None, note=lambda at: None)
    decided = list(Decision.objects.select_related("by"))
    assert len(decided) >= 3
    assert all(8 <= decision.at.hour < 20 for decision in decided)
    assert {decision.evidence != {} for decision in decided} == {True}
    assert not CaseEvent.objects.filter(at__gt=NOW).exists()
    assert not Case.objects.filter(claimed_by__isnull=False, claim_expires_at__lt=NOW).exists()


def _unlabelled(shipments: int, days: int) -> int:
    """Return how many parcels have no label yet at the end, so that nobody knows of them."""
    orders = World(shipments, days, 4, NOW).orders()
    return sum(len(order.parcels) for order in orders if order.known_at > NOW.timestamp())


def test_delivered_parcels_are_delivered():
    simulate()
    delivered = {
        parcel.number
        for order in World(60, 7, 4, NOW).orders()
        for parcel in order.parcels
        if parcel.scans and parcel.scans[-1].at < (NOW - timedelta(days=2)).timestamp()
        and state_of(parcel.scans) == "delivered"
    }  # fmt: skip
    assert delivered
    assert delivered <= set(Shipment.objects.filter(state="delivered").values_list("tracking_number", flat=True))


def test_the_same_seed_again_changes_nothing():
    simulate(**SMALL)
    before = rows()
    assert simulate(**SMALL)["messages"] == 0
    assert rows() == before


def test_another_seed_adds_another_world():
    simulate(**SMALL)
    before = rows()
    simulate(**SMALL, seed=5)
    assert Shipment.objects.count() > before["Shipment"] + SMALL["shipments"] / 2
    assert Account.objects.count() == 4


def test_the_same_seed_with_other_numbers_is_refused():
    simulate(**SMALL)
    with pytest.raises(CommandError, match="Use another seed"):
        simulate(**SMALL | {"shipments": 21})


class _Killed(Exception):
    pass


def test_a_world_that_was_cut_short_is_played_to_its_own_end():
    world, since = diary.world_to_play(shipments=60, days=7, seed=4, now=NOW)
    assert since is None

    def cut_short(share: float, at: Any) -> None:
        if share > 0.5:
            raise _Killed

    with pytest.raises(_Killed):
        play(world, Staff(4), since=None, tell=cut_short, note=lambda at: diary.note(world, at))
    later, since = diary.world_to_play(shipments=60, days=7, seed=4, now=NOW + timedelta(hours=1))
    assert later == world
    assert since is not None
    assert since < world.end
    play(later, Staff(4), since=since, tell=lambda share, at: None, note=lambda at: diary.note(later, at))
    shipments = Shipment.objects.count()
    assert shipments + _unlabelled(60, 7) == 60
    assert diary.world_to_play(shipments=60, days=7, seed=4, now=timezone.now())[1] == world.end


@pytest.mark.parametrize("wrong", [{"shipments": 0}, {"days": 0}, {"seed": -1}])
def test_impossible_worlds_are_refused(wrong):
    with pytest.raises(CommandError):
        simulate(**wrong)
