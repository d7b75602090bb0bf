"""`simulate`: a realistic world, as raw messages in real source formats, through the real pipeline."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.simulation import diary
from config.simulation.people import Staff
from config.simulation.play import Played, play
from exceptions_queue.models import Case
from exceptions_queue.transitions import CaseState

MOST_SHIPMENTS = 500_000
TELL_EVERY_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Play a realistic world of shipments that ends now. "
        "Another seed adds another world; the same seed again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shipments", type=int, default=2000)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *, shipments: int, days: int, seed: int, **options: Any) -> None:
        if not (1 <= shipments <= MOST_SHIPMENTS and 1 <= days <= 365 and 0 <= seed < 1000):
            raise CommandError(f"Use 1 to {MOST_SHIPMENTS} shipments, 1 to 365 days and a seed from 0 to 999.")
        started = time.monotonic()
        try:
            world, since = diary.world_to_play(shipments=shipments, days=days, seed=seed, now=timezone.now())
        except diary.OtherWorld as problem:
            raise CommandError(str(problem)) from problem
        if since == world.end:
            self.stderr.write(f"seed {seed} was played before; nothing to do")
            played = Played()
        else:
            staff = Staff(seed, scale=shipments / 2000)
            played = play(world, staff, since=since, tell=self._tell(), note=lambda at: diary.note(world, at))
        self._print(_counts(played, shipments, time.monotonic() - started), as_json=options["json"])

    def _tell(self) -> Any:
        told = time.monotonic()

        def tell(share: float, at: datetime) -> None:
            nonlocal told
            if time.monotonic() - told >= TELL_EVERY_SECONDS or share >= 1:
                told = time.monotonic()
                self.stderr.write(f"{share:4.0%}  {at:%a %d %b %H:%M}")

        return tell

    def _print(self, counts: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(counts))
        else:
            for name, count in counts.items():
                self.stdout.write(f"{name.replace('_', ' ')}: {count}")


def _counts(played: Played, shipments: int, took: float) -> dict[str, Any]:
    """Return what was played, and the queue as it stands now."""
    active = list(Case.objects.exclude(state=CaseState.CLOSED).values_list("headline", "owner_team"))
    return {
        "shipments": shipments,
        "orders": played.orders,
        "conversations": played.conversations,
        "messages": played.messages,
        "failed": played.drained.failed,
        "events": played.drained.events,
        "duplicates": played.drained.duplicates,
        "unmapped": played.drained.unmapped,
        "judged": played.triaged.judged,
        "unjudged": played.triaged.unjudged,
        "cases_opened": played.triaged.opened,
        "cases_open": len(active),
        "cases_closed": Case.objects.filter(state=CaseState.CLOSED).count(),
        "open_by_finding": dict(Counter(headline for headline, _ in active).most_common()),
        "open_by_team": dict(Counter(team for _, team in active).most_common()),
        "seconds": round(took, 1),
    }
