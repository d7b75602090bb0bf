"""Print what recorded messages say, as our event contract, and write nothing."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from carriers.code_table import current_table
from carriers.codes import CodeTable, to_event
from carriers.recorded import NoSuchFile, Recorded, recorded
from carriers.sources import UnknownSource, get_source
from carriers.sources.reading import FeedTrouble, Request, Source, Unreadable
from shipments.event_contract import event_contract
from shipments.facts import EventFact


class Command(BaseCommand):
    help = "Print the events of recorded messages, one JSON object a line; nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="who speaks: easypost, ups, fedex, events, …")
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--number", default="", help="the number that was asked for, where an answer names none")
        parser.add_argument("--json", action="store_true", help="accepted for symmetry: the output is always JSON")

    def handle(self, *args: Any, source: str, paths: list[str], number: str, **options: Any) -> None:
        now = timezone.now()
        failed = 0
        try:
            adapter = get_source(source)
            with transaction.atomic():
                table = current_table()
            for message in recorded(paths):
                try:
                    lines = list(_lines(adapter, message, table, source=source, number=number, now=now))
                    for line in lines:
                        self.stdout.write(json.dumps(line, ensure_ascii=False))
                    if not all(line["tracking_number"] for line in lines):
                        self.stderr.write(f"{message.name}: it names no tracking number. Say which with --number.")
                except (Unreadable, FeedTrouble) as problem:
                    failed += 1
                    self.stderr.write(f"{message.name}: {problem}")
        except (UnknownSource, NoSuchFile) as problem:
            raise CommandError(str(problem)) from problem
        if failed:
            raise SystemExit(1)


def _lines(
    adapter: Source, message: Recorded, table: CodeTable, *, source: str, number: str, now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield the message's events in carrier time, each with the state its parcel had before.

    A number that neither the message nor the command names is null.
    """
    scans = adapter.read(message.body, Request(number=number, received_at=now))
    facts = [to_event(scan, table, source=source, received_at=now, system=adapter.CODE_SYSTEM) for scan in scans]
    before: dict[tuple[str, str], EventFact] = {}
    for fact in sorted(facts, key=lambda fact: fact.occurred_at):
        parcel = (fact.carrier, fact.tracking_number)
        previous = before.get(parcel)
        line = event_contract(fact, previous_state=previous.state.value if previous else None)
        yield {**line, "tracking_number": fact.tracking_number or None}
        before[parcel] = fact
