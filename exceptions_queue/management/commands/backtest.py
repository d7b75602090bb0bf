"""`backtest`: what a policy would have opened, missed and cost on stored history."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exceptions_queue.backtest import jobs
from exceptions_queue.backtest.reading import stored_period
from exceptions_queue.models import Backtest, BacktestState, PolicyState, PolicyVersion
from exceptions_queue.policy.reading import PolicyError

_MOST_MINUTES = 1440


class Command(BaseCommand):
    help = "Replay stored history with a simulated clock and say what a policy would have done with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--policy",
            default="published",
            help="a version's number, draft (also one in shadow), or published (default)",
        )
        parser.add_argument(
            "--from", dest="begins_at", type=_day, help="first day on which parcels were placed, in UTC"
        )
        parser.add_argument("--to", dest="ends_at", type=_day, help="last day on which parcels were placed, in UTC")
        parser.add_argument("--cases", type=Path, help="write one JSON line for each finding opened to this file")
        parser.add_argument(
            "--minutes",
            type=_minutes,
            help="minutes of work any case takes (default: what the policy says of a team)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(
        self, *, begins_at: datetime | None, ends_at: datetime | None, cases: Path | None, **options: Any
    ) -> None:
        begins_at, ends_at = _period(begins_at, ends_at)
        _see_that_it_can_be_written(cases)
        try:
            row = jobs.request_backtest(
                policy=_version(options["policy"]),
                begins_at=begins_at,
                ends_at=ends_at,
                by=None,
                now=timezone.now(),
                minutes_a_case=options["minutes"],
                taken=True,
            )
        except PolicyError as problem:
            raise CommandError(f"The policy cannot be used. {problem}") from problem
        row = self._work(row)
        if row.state == BacktestState.FAILED:
            raise CommandError(f"The backtest stopped: {row.problem}")
        if cases is not None:
            with cases.open("w", encoding="utf-8") as file:
                file.writelines(f"{json.dumps(line)}\n" for line in jobs.cases(row))
        self._tell(row, as_json=options["json"])

    def _work(self, row: Backtest) -> Backtest:
        """Go on slice by slice until it is done."""
        while row.finished_at is None:
            try:
                row = jobs.work_on(row, now=timezone.now())
            except jobs.LeaseLost as problem:
                raise CommandError(f"A background worker took over: {problem}. It goes on there.") from problem
            self.stderr.write(f"{row.parcels_done} of {row.parcels} parcels")
        return row

    def _tell(self, row: Backtest, *, as_json: bool) -> None:
        figures = {"backtest": row.pk, "policy": row.policy.number, "digest": row.digest} | row.results
        if as_json:
            self.stdout.write(json.dumps(figures))
            return
        for name, figure in figures.items():
            if not isinstance(figure, dict):
                self.stdout.write(f"{name.replace('_', ' ')}: {figure}")


def _day(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is not a date; write it as 2026-01-31") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _minutes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_MINUTES:
        raise ArgumentTypeError(f"'{text}' is no number of minutes; give a whole number from 1 to {_MOST_MINUTES}")
    return int(text)


def _see_that_it_can_be_written(file: Path | None) -> None:
    """Refuse a file that could not be written once the backtest is done."""
    try:
        if file is not None:
            file.open("a", encoding="utf-8").close()
    except OSError as problem:
        raise CommandError(f"{file} cannot be written: {problem.strerror}. Give --cases another path.") from problem


def _period(begins_at: datetime | None, ends_at: datetime | None) -> tuple[datetime, datetime]:
    """Return the period asked for, to the end of its last day; all that is stored where nothing was said."""
    if (stored := stored_period()) is None:
        raise CommandError("There is nothing to replay. Load orders and ingest their events first.")
    first, last = stored
    begins_at, is_day = begins_at or first, ends_at is not None and (ends_at.hour, ends_at.minute) == (0, 0)
    ends_at = (ends_at or last) + (timedelta(days=1) if is_day else timedelta(microseconds=1))
    if begins_at >= ends_at:
        raise CommandError("The period ends before it begins. Give --to a later day than --from.")
    return begins_at, ends_at


def _version(name: str) -> PolicyVersion:
    versions = PolicyVersion.objects.order_by("-number")
    if name == PolicyState.DRAFT:
        version = PolicyVersion.objects.working()
    elif name in PolicyState.values:
        version = versions.filter(state=name).first()
    elif name.isdecimal():
        version = versions.filter(number=int(name)).first()
    else:
        raise CommandError(f"'{name}' is no policy version. Give a number, draft or published.")
    if version is None and name == PolicyState.DRAFT:
        raise CommandError("There is no draft of the policy. Begin one at /policy/, or give a version's number.")
    if version is None:
        raise CommandError(f"There is no policy version '{name}'.")
    return version
