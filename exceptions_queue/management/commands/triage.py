"""Judge every shipment that is due, now."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from exceptions_queue.triage import Triaged, sweep_policy, triage_due


class Command(BaseCommand):
    help = "Judge every shipment that is due now and open, change or close what follows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        while sweep_policy(now=timezone.now()):
            pass
        total = Triaged()
        while (batch := triage_due(now=timezone.now())).judged:
            total += batch
            self.stderr.write(f"{total.judged} judged")
        counts = asdict(total)
        self.stdout.write(
            json.dumps(counts) if options["json"] else ", ".join(f"{count} {name}" for name, count in counts.items())
        )
