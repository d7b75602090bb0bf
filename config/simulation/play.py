"""Play a world through the real pipeline with a simulated clock: the one part that writes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

from carriers.accounts import ensure_account
from carriers.inbox import Drained, NewMessage, drain, receive_many
from config.simulation.conversations import Talk, talks
from config.simulation.instants import instant, seconds
from config.simulation.orders import PlacedOrder
from config.simulation.stream import ACCOUNT, RawMessage, told
from config.simulation.world import World
from config.simulation.writers import TELLERS
from exceptions_queue.risk_tables import learn_risk
from exceptions_queue.triage import Triaged, triage_due
from shipments.contracts import parse_conversation, parse_order
from shipments.orders import record_conversations, record_orders
from shipments.playback import playing

STEP: Final = timedelta(hours=3)
"""How far the simulated clock moves at a time: no case opens later than this after its scan."""

T = TypeVar("T")
Progress = Callable[[float, datetime], None]


class Staff(Protocol):
    """The people who work the queue; `work` is called once a step, with the instant at which the next one is heard."""

    def work(self, now: datetime, until: datetime) -> None: ...


@dataclass(slots=True)
class Played:
    """What a play came to, counted over its steps."""

    orders: int = 0
    conversations: int = 0
    messages: int = 0
    drained: Drained = field(default_factory=Drained)
    triaged: Triaged = field(default_factory=Triaged)


def ensure_accounts() -> dict[str, int]:
    """Return the account id of each source the world speaks through, made with a secret of its own where new."""
    return {
        source: ensure_account(source=source, name=ACCOUNT, secrets=[secrets.token_urlsafe(32)]).pk
        for source in TELLERS
    }


def play(
    world: World, staff: Staff, *, since: datetime | None, tell: Progress, note: Callable[[datetime], None]
) -> Played:
    """Play the world step by step, from its beginning or from where it was interrupted, to its end.

    `note` is called with each finished step, `tell` with the share done and the simulated instant.
    """
    accounts = ensure_accounts()
    orders = list(world.orders())
    played = Played()
    feed = _Feeds(world, orders)
    with playing():
        for step in _steps(world, since):
            _hear(feed, accounts, step, played)
            learn_risk(now=step)
            played.triaged += triaged(step)
            staff.work(step, min(step + STEP, world.end))
            note(step)
            tell((seconds(step) - world.begins) / max(1, world.ends - world.begins), step)
        played.triaged += triaged(world.end)
    return played


def triaged(now: datetime) -> Triaged:
    """Judge everything due at `now`."""
    total = Triaged()
    while (batch := triage_due(now=now)).judged:
        total += batch
    return total


def _steps(world: World, since: datetime | None) -> Iterator[datetime]:
    step = instant(world.begins)
    while step < world.end:
        step = min(step + STEP, world.end)
        if since is None or step > since:
            yield step


class _Until(Generic[T]):
    """Items in the order of their instants, handed out up to a given one."""

    def __init__(self, items: Iterable[T], at: Callable[[T], int]) -> None:
        self._items = iter(items)
        self._at = at
        self._next = next(self._items, None)

    def take(self, until: int) -> list[T]:
        taken = []
        while self._next is not None and self._at(self._next) <= until:
            taken.append(self._next)
            self._next = next(self._items, None)
        return taken


class _Feeds:
    """The three feeds of a world: orders, what the helpdesk tells, and raw messages."""

    def __init__(self, world: World, orders: list[PlacedOrder]) -> None:
        moments = [(at, talk) for talk in talks(orders, world.seed, world.ends) for at in talk.moments]
        moments.sort(key=lambda moment: (moment[0], moment[1].conversation_id))
        self.orders = _Until(sorted(orders, key=lambda order: (order.known_at, order.order_id)), lambda o: o.known_at)
        self.moments = _Until[tuple[int, Talk]](moments, lambda moment: moment[0])
        self.messages = _Until[RawMessage](told(world, orders), lambda message: seconds(message.received_at))


def _hear(feed: _Feeds, accounts: dict[str, int], step: datetime, played: Played) -> None:
    """Take in everything that is told up to the step."""
    until = seconds(step)
    orders = [parse_order(order.contract()) for order in feed.orders.take(until)]
    asked = {talk.conversation_id: talk for _, talk in feed.moments.take(until)}
    messages = feed.messages.take(until)
    if orders:
        record_orders(orders=orders, now=step)
    if messages:
        receive_many(messages=[_new(message, accounts) for message in messages], now=step)
    while (batch := drain(now=step)).taken:
        played.drained += batch
    if asked:
        heard = [parse_conversation(talk.contract(until)) for talk in asked.values()]
        record_conversations(conversations=heard, now=step)
    played.orders += len(orders)
    played.messages += len(messages)
    played.conversations += sum(talk.opened_at > until - STEP.total_seconds() for talk in asked.values())


def _new(message: RawMessage, accounts: dict[str, int]) -> NewMessage:
    return NewMessage(
        account_id=accounts[message.source],
        source=message.source,
        key=message.key,
        received_at=message.received_at,
        body=message.body,
        subject_number=message.subject_number,
        subject_carrier=message.subject_carrier,
    )
