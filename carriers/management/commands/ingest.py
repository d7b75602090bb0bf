"""Send recorded messages through the inbox, as if they had just arrived."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q, Sum
from django.utils import timezone

from carriers.accounts import ensure_account
from carriers.inbox import NewMessage, receive_many
from carriers.management.commands._reading import read_through
from carriers.models import Account, InboundMessage, MessageState
from carriers.recorded import NoSuchFile, Recorded, recorded
from carriers.sources import UnknownSource, get_source

_STORED_AT_ONCE = 500
_TELL_EVERY = 10_000


class Command(BaseCommand):
    help = "Send recorded messages (files, folders, JSON Lines) through the inbox and read them all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="who speaks: easypost, ups, fedex, events, …")
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--account", default="recorded", help="the account they belong to (default: recorded)")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, source: str, paths: list[str], account: str, **options: Any) -> None:
        try:
            get_source(source)
            counts = self._ingest(ensure_account(source=source, name=account), recorded(paths))
        except (UnknownSource, NoSuchFile) as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        else:
            self.stdout.write(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))
        if counts["failed"]:
            raise SystemExit(1)

    def _ingest(self, account: Account, messages: Iterable[Recorded]) -> dict[str, int]:
        counts = dict.fromkeys(
            ("received", "normalized", "events", "duplicates", "unmapped", "failed", "already_had"), 0
        )
        waiting = iter(messages)
        while some := list(islice(waiting, _STORED_AT_ONCE)):
            new = _store(account, some)
            read_through(new)
            for name, count in _outcome(new).items():
                counts[name] += count
            counts["already_had"] += len(some) - len(new)
            told = counts["received"] + counts["already_had"]
            if told % _TELL_EVERY == 0:
                self.stderr.write(f"{told} messages")
            for message in InboundMessage.objects.filter(pk__in=new, state=MessageState.FAILED).order_by("pk"):
                self.stderr.write(f"message {message.pk}: {message.problem_detail}")
        return counts


def _store(account: Account, messages: list[Recorded]) -> list[int]:
    now = timezone.now()
    return receive_many(
        messages=[NewMessage(account.pk, account.source, now, message.body) for message in messages], now=now
    )


def _outcome(ids: list[int]) -> dict[str, int]:
    return {
        name: count or 0
        for name, count in InboundMessage.objects.filter(pk__in=ids)
        .aggregate(
            received=Count("pk"),
            normalized=Count("pk", filter=Q(state=MessageState.DONE)),
            failed=Count("pk", filter=Q(state=MessageState.FAILED)),
            events=Sum("events"),
            duplicates=Sum("duplicates"),
            unmapped=Sum("unmapped"),
        )
        .items()
    }
