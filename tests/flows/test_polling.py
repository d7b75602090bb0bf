"""Polling through every trouble a carrier makes: no number lost, no storm, the feed's health turns bad and good again.

The clock is simulated, minute by minute; nothing here waits.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from carriers import polling
from carriers.accounts import ensure_account, open_token, set_polling
from carriers.clients import http
from carriers.health import Health, account_health
from carriers.inbox import drain
from carriers.models import Account, FeedIncident, InboundMessage, MessageState, PollTarget
from carriers.polling.health import values_of
from carriers.watch import watch_feeds
from shipments.models import Shipment, TrackingEvent
from tests.carriers import simulator as carriers_say
from tests.carriers.simulated_answers import journey
from tests.carriers.simulator import CREDENTIALS, Simulator
from tests.factories import make_shipment

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PARCELS = 24
LIMIT = 20
"""Fewer than the parcels, so that asking for all at once would be a storm."""


class World:
    """Two carriers, their parcels and the minutes that pass."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.now = START
        for carrier in ("ups", "fedex"):
            open_polled(carrier, simulator)
            for n in range(PARCELS):
                number = f"{carrier.upper()}{n:04}"
                label(carrier, number)
                simulator.parcels[number] = journey(
                    START - timedelta(hours=8), "label", "moving", "moving", "out", "delivered"
                )

    def minutes(self, count: int) -> None:
        """Let minutes pass: plan, poll and read in each, as the workers do."""
        for _ in range(count):
            self.jump(MINUTE)
            polling.plan(now=self.now)
            polling.poll(clock=lambda: self.now)
            while drain(now=self.now).taken:
                pass

    def jump(self, span: timedelta) -> None:
        """Let time pass in which no worker runs."""
        self.now += span
        self.simulator.clock = self.now

    def until(self, happened: Callable[[], object], *, within: int) -> None:
        """Let minutes pass until something has happened."""
        for _ in range(within):
            if happened():
                return
            self.minutes(1)
        assert happened()

    def health(self, carrier: str) -> Health:
        return account_health(values_of(Account.objects.get(source=carrier)), self.now)

    def known(self, carrier: str) -> set[str]:
        """Return the numbers whose state is the one the carrier knows now."""
        last = {number: steps[-1].kind for number in self.simulator.parcels if (steps := self.simulator.known(number))}
        spoken = {"label": "label_created", "moving": "in_transit", "out": "out_for_delivery", "delivered": "delivered"}
        states = Shipment.objects.filter(carrier=carrier).values_list("tracking_number", "state")
        return {number for number, state in states if state == spoken[last[number]]}

    def check_no_storm(self) -> None:
        """Hold every carrier's calls in any minute against its limit."""
        for carrier in ("ups", "fedex"):
            a_minute = Counter(call.at for call in self.simulator.tracking_calls(carrier))
            assert max(a_minute.values()) <= LIMIT

    def check_nothing_doubled(self) -> None:
        events = TrackingEvent.objects.values_list("shipment__tracking_number", "occurred_at", "raw_code")
        assert len(events) == len(set(events))


def open_polled(carrier: str, simulator: Simulator) -> Account:
    account = ensure_account(source=carrier, name="shop")
    set_polling(
        account_id=account.pk,
        base_url=simulator.url(carrier),
        credentials=CREDENTIALS[carrier],
        calls_a_minute=LIMIT,
        calls_a_day=None,
    )
    return account


def label(carrier: str, number: str) -> Shipment:
    return make_shipment(
        carrier=carrier,
        tracking_number=number,
        order=None,
        state="unknown",
        state_since=None,
        first_seen_at=START - timedelta(days=1),
        **dict.fromkeys(("first_event_at", "last_event_at", "first_physical_at", "last_physical_at")),
    )


@pytest.fixture
def world(transactional_db) -> Iterator[World]:
    with Simulator(START) as simulator:
        yield World(simulator)


def everything_known(world: World) -> bool:
    return all(len(world.known(carrier)) == PARCELS for carrier in ("ups", "fedex"))


def test_every_parcel_is_known_within_minutes_and_followed_to_its_delivery(world: World):
    world.until(lambda: everything_known(world), within=15)
    assert Shipment.objects.filter(state="in_transit").count() == 2 * PARCELS
    world.jump(timedelta(hours=10))
    world.until(lambda: everything_known(world), within=30)
    assert Shipment.objects.filter(state="out_for_delivery").count() == 2 * PARCELS
    world.jump(timedelta(hours=6))
    world.until(lambda: everything_known(world), within=30)
    assert Shipment.objects.filter(state="delivered").count() == 2 * PARCELS
    assert len(world.simulator.sign_ins("ups")) < 20
    world.check_no_storm()
    world.check_nothing_doubled()


def test_delivered_parcels_are_let_go_after_a_few_days(world: World):
    world.jump(timedelta(days=2))
    world.until(lambda: everything_known(world), within=15)
    assert PollTarget.objects.count() == 2 * PARCELS
    world.jump(timedelta(days=6))
    world.until(lambda: not PollTarget.objects.exists(), within=30)
    before = len(world.simulator.calls)
    world.minutes(3)
    assert len(world.simulator.calls) == before


def test_a_429_makes_the_account_wait_as_long_as_the_carrier_asks(world: World):
    world.simulator.next("ups", carriers_say.too_many("300"))
    world.minutes(1)
    asked_until = Account.objects.get(source="ups").paused_until
    assert asked_until == world.now + timedelta(seconds=300)
    seen = len(world.simulator.tracking_calls("ups"))
    world.minutes(4)
    assert len(world.simulator.tracking_calls("ups")) == seen
    assert len(world.known("fedex")) == PARCELS
    world.until(lambda: everything_known(world), within=20)
    world.check_no_storm()


def test_server_errors_open_the_breaker_and_a_trial_closes_it(world: World):
    world.simulator.standing["ups"] = carriers_say.broken(503)
    world.until(lambda: Account.objects.get(source="ups").open_until, within=5)
    assert (world.health("ups").kind, world.health("fedex").kind) == ("broken", "heard")
    assert world.health("ups").is_bad
    opened = len(world.simulator.tracking_calls("ups"))
    world.minutes(60)
    trials = len(world.simulator.tracking_calls("ups")) - opened
    assert 4 <= trials <= 8
    world.simulator.standing.clear()
    world.until(lambda: everything_known(world), within=45)
    assert world.health("ups") == Health("heard", "good", "heard")
    assert Account.objects.get(source="ups").failures == 0
    world.check_no_storm()


@pytest.mark.parametrize(("trouble", "kept"), [("CUT_OFF", 0), ("SLOW", 0), ("HALF_JSON", 1), ("WEB", 1)])
def test_an_answer_that_cannot_be_read_is_asked_for_again_and_kept_once(world: World, monkeypatch, trouble, kept):
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.5))
    world.simulator.next("ups", *[getattr(carriers_say, trouble)] * 4)
    world.minutes(1)
    assert world.health("ups").kind in ("failing", "broken")
    world.until(lambda: everything_known(world), within=20)
    assert InboundMessage.objects.filter(state=MessageState.FAILED).count() == kept
    assert world.health("ups").kind == "heard"
    assert not Shipment.objects.filter(state="unknown").exists()
    world.check_no_storm()
    world.check_nothing_doubled()


def test_a_bad_day_of_every_trouble_loses_no_number_and_makes_no_storm(world: World):
    chance = random.Random(20)
    troubles = [carriers_say.too_many("90"), carriers_say.too_many(), carriers_say.broken(500), carriers_say.EXPIRED]
    troubles += [carriers_say.CUT_OFF, carriers_say.HALF_JSON, carriers_say.WEB, carriers_say.broken(504)]
    for _ in range(90):
        carrier = chance.choice(["ups", "fedex"])
        world.simulator.standing.pop(carrier, None)
        if chance.random() < 0.3:
            world.simulator.standing[carrier] = chance.choice(troubles)
        else:
            world.simulator.next(carrier, *chance.choices(troubles, k=chance.randrange(4)))
        world.minutes(chance.randrange(1, 4))
    world.simulator.standing.clear()
    world.simulator.troubles.clear()
    world.jump(timedelta(hours=6))
    world.until(lambda: everything_known(world), within=60)
    assert PollTarget.objects.count() == 2 * PARCELS
    assert InboundMessage.objects.filter(state=MessageState.FAILED).count() <= 4
    assert [world.health(carrier).kind for carrier in ("ups", "fedex")] == ["heard", "heard"]
    world.check_no_storm()
    world.check_nothing_doubled()


def test_an_expired_token_is_renewed_once_and_no_answer_is_lost(world: World):
    world.minutes(2)
    first = open_token(Account.objects.get(source="ups"))
    signed_in = len(world.simulator.sign_ins("ups"))
    world.simulator.expire_tokens()
    world.minutes(1)
    assert len(world.simulator.sign_ins("ups")) == signed_in + 1
    assert open_token(Account.objects.get(source="ups")) != first
    assert Account.objects.get(source="ups").failures == 0
    world.until(lambda: everything_known(world), within=15)
    world.check_no_storm()


def test_a_full_outage_turns_the_feeds_bad_and_its_end_turns_them_good(world: World):
    world.until(lambda: everything_known(world), within=15)
    heard_at = Account.objects.get(source="ups").last_message_at
    world.simulator.outage()
    world.jump(timedelta(hours=3))
    world.minutes(20)
    assert [world.health(carrier).kind for carrier in ("ups", "fedex")] == ["broken", "broken"]
    assert all("cannot be reached" in world.health(carrier).detail for carrier in ("ups", "fedex"))
    assert Account.objects.get(source="ups").last_message_at == heard_at
    world.jump(timedelta(hours=7))
    world.simulator.begin()
    world.until(lambda: everything_known(world), within=30)
    assert Shipment.objects.filter(state="out_for_delivery").count() == 2 * PARCELS
    assert [world.health(carrier).kind for carrier in ("ups", "fedex")] == ["heard", "heard"]
    assert PollTarget.objects.filter(attempts=0).count() == 2 * PARCELS
    world.check_no_storm()
    world.check_nothing_doubled()


def test_a_full_outage_is_one_incident_a_feed_that_clears_when_it_ends(world: World):
    Account.objects.update(silent_after_minutes=240)
    world.until(lambda: everything_known(world), within=15)
    assert watch_feeds(now=world.now).opened == 0
    world.simulator.outage()
    world.jump(timedelta(hours=5))
    world.minutes(5)
    watched = watch_feeds(now=world.now)
    assert (watched.opened, watched.silent) == (2, ("fedex", "ups"))
    world.jump(timedelta(hours=5))
    assert watch_feeds(now=world.now).opened == 0
    world.simulator.begin()
    world.until(lambda: everything_known(world), within=30)
    watched = watch_feeds(now=world.now)
    assert (watched.closed, watched.silent) == (2, ())
    assert FeedIncident.objects.exclude(heard_at=None).count() == FeedIncident.objects.count() == 2


def test_the_raw_answers_of_every_carrier_are_kept_with_the_number_asked_for(world: World):
    for carrier in ("usps", "dhl_universal", "dhl_express"):
        open_polled(carrier, world.simulator)
        label(carrier, f"{carrier}-1")
        world.simulator.parcels[f"{carrier}-1"] = journey(START - timedelta(hours=8), "label", "moving")
    polling.plan(now=START)
    polling.poll(clock=lambda: START)
    for carrier in ("ups", "fedex", "usps", "dhl_universal", "dhl_express"):
        kept = InboundMessage.objects.filter(source=carrier, state=MessageState.RECEIVED)
        assert kept
        for message in kept:
            assert message.subject_carrier == carrier
            assert message.subject_number.encode() in bytes(message.body)
