"""Ask several carriers side by side: calls run in threads, the database belongs to the one thread that started them."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final

from carriers.accounts import SecretsLocked, open_credentials, open_token
from carriers.clients import CarrierRefused, CarrierUnavailable
from carriers.clients.http import Answer, Line
from carriers.clients.registry import CLIENTS
from carriers.models import Account
from carriers.polling.claim import Errand, accounts_with_work, claim
from carriers.polling.outcome import Fetched, outcome_of
from carriers.polling.record import record, store

log = logging.getLogger(__name__)

CALLS_AT_ONCE: Final = 4
"""Of one account; a carrier that answers slowly holds up only itself."""

THREADS: Final = 32

_Way = Line | CarrierRefused
"""An account's line, or why there is none."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What a spell of polling came to: calls made, numbers answered, answers that were new, calls that failed."""

    calls: int = 0
    answered: int = 0
    new: int = 0
    failed: int = 0

    def __add__(self, other: Polled) -> Polled:
        return Polled(
            self.calls + other.calls,
            self.answered + other.answered,
            self.new + other.new,
            self.failed + other.failed,
        )


def poll(*, clock: Callable[[], datetime], may_begin: Callable[[], bool] = lambda: True) -> Polled:
    """Ask for all that is due and allowed by the clock; after `may_begin` says no, only end what is under way.

    Kill it anywhere: a lease ends and the number is asked for again; an answer stored twice is stored once.
    """
    desk = _Desk(clock)
    total = Polled()
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            while True:
                if may_begin():
                    desk.begin(threads)
                if not desk.running:
                    return total
                total += desk.settle()
        finally:
            desk.close()


class _Desk:
    """The calls under way, each with its account and the line it uses, and the lines that were opened."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.running: dict[Future[Fetched], tuple[int, _Way]] = {}
        self._lines: dict[tuple[int, str, str], Line] = {}

    def begin(self, threads: ThreadPoolExecutor) -> None:
        """Claim calls for every account that may make more, and start them."""
        busy = Counter(account_id for account_id, _ in self.running.values())
        for account_id in accounts_with_work(now=self.clock()):
            room = CALLS_AT_ONCE - busy[account_id]
            for errand in claim(account_id=account_id, most_calls=room, now=self.clock()) if room > 0 else ():
                way = self._way(errand.account)
                self.running[threads.submit(_fetch, errand, way)] = account_id, way

    def settle(self) -> Polled:
        """Wait for calls to end; store and record what came of them."""
        done, _ = wait(self.running, return_when=FIRST_COMPLETED)
        together: dict[tuple[int, _Way], list[Fetched]] = {}
        for future in done:
            together.setdefault(self.running.pop(future), []).append(future.result())
        total = Polled()
        for (account_id, way), fetched in together.items():
            total += self._keep(account_id, way, sorted(fetched, key=attrgetter("ended")))
        return total

    def _keep(self, account_id: int, way: _Way, fetched: list[Fetched]) -> Polled:
        now = self.clock()
        line = way if isinstance(way, Line) else None
        outcomes = [outcome_of(each, now) for each in fetched]
        new = store(outcomes=outcomes, now=now)
        kept = record(
            account_id=account_id,
            outcomes=outcomes,
            calls_made_twice=line.take_repeats() if line else 0,
            token=line.new_token if line else None,
            now=now,
        )
        return Polled(len(fetched), kept.answered, len(new), kept.failed)

    def _way(self, account: Account) -> _Way:
        """Return the account's line, or why it cannot be had; other credentials open another line at once."""
        key = (account.pk, account.sealed_credentials, account.base_url)
        if key not in self._lines:
            client = CLIENTS[account.source]
            try:
                credentials, token = open_credentials(account), open_token(account)
            except SecretsLocked as problem:
                return CarrierRefused(str(problem))
            if missing := [name for name in client.CREDENTIALS if not credentials.get(name)]:
                return CarrierRefused(f"The account's credentials lack {', '.join(missing)}. Set them again.")
            self._lines[key] = Line(
                name=client.NAME,
                base_url=account.base_url or client.BASE_URL,
                credentials=credentials,
                token=token,
                now=self.clock(),
            )
        return self._lines[key]

    def close(self) -> None:
        """Hang up all lines."""
        for line in self._lines.values():
            line.close()


def _fetch(errand: Errand, way: _Way) -> Fetched:
    """Make one call in a thread; whatever goes wrong becomes part of what it returns."""
    answers: list[Answer] = []
    problem: Exception | None = None
    try:
        if isinstance(way, CarrierRefused):
            raise way
        answers = CLIENTS[errand.account.source].fetch(way, [target.number for target in errand.targets])
    except (CarrierUnavailable, CarrierRefused) as trouble:
        problem = trouble
    except Exception as trouble:  # a client's own fault must not end the poller; the number is asked for again later
        log.exception("asking %s went wrong", errand.account)
        problem = CarrierUnavailable(f"Asking went wrong on our side ({type(trouble).__name__}).")
    return Fetched(errand, tuple(answers), problem, time.monotonic())
