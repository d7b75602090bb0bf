"""Send failed messages through the inbox again."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from carriers.inbox import replay
from carriers.management.commands._reading import read_through
from carriers.models import InboundMessage, MessageState, Problem
from carriers.sources import SOURCES

_AT_ONCE = 500


class Command(BaseCommand):
    help = "Send failed messages through the inbox again, unchanged; what was read before is not doubled."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", choices=sorted(SOURCES), help="only messages of this source")
        parser.add_argument("--since", help="only messages received since then (ISO 8601, UTC where no offset)")
        parser.add_argument("--problem", choices=Problem.values, help="only messages that failed for this reason")
        parser.add_argument("--reason", default="", help="why, for the record of replays")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = InboundMessage.objects.filter(state=MessageState.FAILED)
        if options["source"]:
            failed = failed.filter(source=options["source"])
        if options["problem"]:
            failed = failed.filter(problem=options["problem"])
        if options["since"]:
            failed = failed.filter(received_at__gte=_instant(options["since"]))
        ids = list(failed.order_by("pk").values_list("pk", flat=True))
        replayed = 0
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            replayed += replay(message_ids=some, by=None, reason=options["reason"], now=timezone.now()).taken
            read_through(some)
            self.stderr.write(f"{min(start + _AT_ONCE, len(ids))} of {len(ids)}")
        still = InboundMessage.objects.filter(pk__in=ids, state=MessageState.FAILED).count()
        counts = {"replayed": replayed, "mended": replayed - still, "failed": still}
        self.stdout.write(
            json.dumps(counts) if options["json"] else ", ".join(f"{count} {name}" for name, count in counts.items())
        )


def _instant(text: str) -> datetime:
    try:
        parsed = parse_datetime(text)
        if parsed is None and (date := parse_date(text)):
            parsed = datetime(date.year, date.month, date.day)
    except ValueError:
        parsed = None
    if parsed is None:
        raise CommandError(f"--since: “{text}” is not a time. Write it like 2026-11-23 or 2026-11-23T08:00:00+00:00.")
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.get_default_timezone())
