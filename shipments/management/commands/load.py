"""`load orders|conversations FILE.jsonl`: the plain contracts in bulk; doing it again changes nothing."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from decimal import Decimal
from itertools import islice
from pathlib import Path
from sys import stdin
from typing import Any, BinaryIO, NamedTuple

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shipments.contracts import ContractError, parse_conversation, parse_order
from shipments.orders import BATCH, Recorded, RecordedConversations, record_conversations, record_orders

SHOWN_PROBLEMS = 100


class Problem(NamedTuple):
    """A line that was not loaded, and why."""

    line: int
    field: str
    problem: str

    def __str__(self) -> str:
        return f"line {self.line}: {f'{self.field} ' if self.field else ''}{self.problem}"


class Kind(NamedTuple):
    """One contract: how a line is read, how a batch is recorded, and what nothing at all adds up to."""

    parse: Callable[[Any], Any]
    record: Callable[[list[Any]], Any]
    nothing: Any


KINDS = {
    "orders": Kind(parse_order, lambda facts: record_orders(orders=facts, now=timezone.now()), Recorded()),
    "conversations": Kind(
        parse_conversation,
        lambda facts: record_conversations(conversations=facts, now=timezone.now()),
        RecordedConversations(),
    ),
}


class Command(BaseCommand):
    help = "Load orders or conversations from a file with one JSON object a line. Loading it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(KINDS), help="what the file holds")
        parser.add_argument("file", help="a JSON Lines file, or - for standard input")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *, kind: str, file: str, **options: Any) -> None:
        with _opened(file) as lines:
            recorded, count, problems = self._load(KINDS[kind], lines)
        result = {"lines": count} | asdict(recorded) | {"failed": len(problems)}
        if options["json"]:
            shown = [problem._asdict() for problem in problems[:SHOWN_PROBLEMS]]
            self.stdout.write(json.dumps(result | {"problems": shown}))
        else:
            self.stdout.write(", ".join(f"{name.replace('_', ' ')} {number}" for name, number in result.items()))
        self._advise(result)
        if problems:
            raise SystemExit(1)

    def _load(self, kind: Kind, lines: BinaryIO) -> tuple[Any, int, list[Problem]]:
        """Record the file in batches; a line that breaks the contract is named and left out."""
        recorded, count, problems = kind.nothing, 0, list[Problem]()
        numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
        while batch := list(islice(numbered, BATCH)):
            facts = []
            for number, line in batch:
                try:
                    facts.append(kind.parse(_object(line)))
                except ContractError as error:
                    problems.append(Problem(number, error.field, error.fix))
                    self.stderr.write(str(problems[-1]))
            recorded += kind.record(facts)
            count += len(batch)
            self.stderr.write(f"{count} lines read")
        return recorded, count, problems

    def _advise(self, result: dict[str, int]) -> None:
        if result.get("claimed_elsewhere"):
            self.stderr.write(f"{result['claimed_elsewhere']} parcels belong to another order already and stay there.")
        if result.get("unlinked"):
            self.stderr.write(
                f"{result['unlinked']} conversations name no order and no parcel we know. "
                "Load the orders, then this file again."
            )


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    if file == "-":
        return nullcontext(stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise CommandError(f"Cannot read {file}: {error.strerror}.") from error


def _object(line: bytes) -> Any:
    """Return what a line holds. Raises: ContractError when it is not JSON."""
    try:
        return json.loads(line.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise ContractError("", "is not UTF-8; save the file as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ContractError("", f"is not JSON ({error}); write one object a line") from error
