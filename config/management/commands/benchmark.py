"""Measure Waypost against the raw limit of the same machine, both in one run."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.benchmarks import ingest, normalize, triage


class Command(BaseCommand):
    help = "Measure against the raw limit in the same run, in scratch databases of its own; your data is not touched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
        ingesting = names.add_parser("ingest", help="raw message → events → shipments → cases")
        ingesting.add_argument("--messages", type=int, default=50_000)
        ingesting.add_argument("--seed", type=int, default=1)
        ingesting.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        reading = names.add_parser("normalize", help="read a body and look its codes up, for each source")
        reading.add_argument("--messages", type=int, default=300, help="bodies of each source")
        reading.add_argument("--seed", type=int, default=1)
        reading.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

        judging = names.add_parser("triage", help="due shipments → verdicts → cases")
        judging.add_argument("--shipments", type=int, default=100_000)
        judging.add_argument("--seed", type=int, default=1)
        judging.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if name == "triage":
            figures = triage.run(shipments=options["shipments"], seed=options["seed"])
        else:
            measure = {"ingest": ingest.run, "normalize": normalize.run}[name]
            figures = measure(messages=options["messages"], seed=options["seed"])
        if options["json"]:
            self.stdout.write(json.dumps(figures))
        else:
            self.stdout.write(
                f"ours {figures['ours']} {figures['unit']}, limit {figures['limit']}, ratio {figures['ratio']}"
            )
            for source, each in figures.get("sources", {}).items():
                self.stdout.write(f"{source}: ours {each['ours']}, limit {each['limit']}, ratio {each['ratio']}")
