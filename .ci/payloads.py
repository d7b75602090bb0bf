"""Read a folder of recorded carrier bodies with our sources and compare with the state its index expects.

The folder holds one folder a provider and `INDEX.jsonl`, an object a line: provider, file, expected_status (empty where
there is no single answer, "multi" for several parcels, "error" for a feed trouble), expected_reason. It lies beside
the project and is no part of it. Usage: python .ci/payloads.py [FOLDER] [--all]; exit 1 below the bar.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from carriers.codes import CodeTable, to_event  # noqa: E402
from carriers.seed import seed_rows  # noqa: E402
from carriers.sources import SOURCES, get_source  # noqa: E402
from carriers.sources.reading import FeedTrouble, Request, Unreadable  # noqa: E402
from shipments.facts import EventFact, State  # noqa: E402

BAR: Final = 0.95
"""The share of bodies with one expected state that have to give it."""

NOT_TRACKING: Final = frozenset({"shopify", "zendesk"})
BAD_INPUT: Final = ("active_shipping-", "shipit-", "karrio-dhl_express", "karrio-fedex_ws", "karrio-usps_wt")
"""Older XML interfaces that nobody has to read: what counts is a clear failure."""

RENAMED: Final = {"mydhl": "dhl_express"}
RECEIVED_AT: Final = datetime(2026, 11, 23, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one body: the verdict that is counted, and what was read instead of what was expected."""

    provider: str
    file: str
    verdict: str
    told: str = ""
    expected: str = ""


def source_of(provider: str) -> str:
    """Return the name of the source that reads a provider's bodies, whether or not there is one."""
    name = provider.removeprefix("karrio-")
    return RENAMED.get(name, name)


def read(folder: Path, entry: dict[str, str], table: CodeTable) -> Outcome:
    """Read one body and say how it went."""
    provider, file, expected = entry["provider"], entry["file"], entry["expected_status"]
    bad_input = provider.startswith(BAD_INPUT)
    name = source_of(provider).partition("-")[2] if provider.startswith(("active_", "shipit-")) else source_of(provider)
    if provider in NOT_TRACKING:
        return Outcome(provider, file, "not tracking")
    if name not in SOURCES:
        return Outcome(provider, file, "bad input without source" if bad_input else "no source", expected=expected)
    try:
        events = _events((folder / file).read_bytes(), name, table)
    except (Unreadable, FeedTrouble) as problem:
        kind = "feed trouble" if isinstance(problem, FeedTrouble) else "clear failure"
        right = bad_input or expected in ("error", "")
        return Outcome(provider, file, kind if right else "wrong", f"{kind}: {problem}", expected)
    except Exception as problem:
        return Outcome(provider, file, "raised", repr(problem), expected)
    return _compared(provider, file, expected, entry["expected_reason"], events)


def _events(body: bytes, source: str, table: CodeTable) -> list[EventFact]:
    """Return the events of the first parcel that a body tells of, in carrier time."""
    adapter = get_source(source)
    scans = adapter.read(body, Request("NUMBER1234", "", RECEIVED_AT))
    system = adapter.CODE_SYSTEM
    facts = [to_event(scan, table, source=source, received_at=RECEIVED_AT, system=system) for scan in scans]
    first = [fact for fact in facts if fact.tracking_number == facts[0].tracking_number]
    return sorted(first, key=lambda fact: fact.occurred_at)


def _compared(provider: str, file: str, expected: str, reason: str, events: list[EventFact]) -> Outcome:
    last = events[-1]
    told = f"{last.state}{'/' + last.reason if last.reason else ''}{'' if last.mapped else ' (unmapped)'}"
    if any(not event.mapped and event.state != State.UNKNOWN for event in events):
        return Outcome(provider, file, "guessed", told, expected)
    if expected in ("", "multi"):
        return Outcome(provider, file, "read", told, expected)
    right = last.state == expected
    verdict = "right" if right and last.reason == reason else "right, other reason" if right else "wrong"
    return Outcome(provider, file, verdict, told, f"{expected}{'/' + reason if reason else ''}")


def entries(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the lines of the folder's index."""
    for line in (folder / "INDEX.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def main(arguments: list[str]) -> int:
    """Print the table and return the exit code."""
    given = [argument for argument in arguments if not argument.startswith("--")]
    folder = Path(given[0]) if given else ROOT.parent / "shared" / "payloads"
    table = CodeTable(row.table_row for row in seed_rows())
    outcomes = [read(folder, entry, table) for entry in entries(folder)]
    counts = Counter(outcome.verdict for outcome in outcomes)
    for outcome in outcomes:
        if "--all" in arguments or outcome.verdict in ("wrong", "raised", "guessed", "right, other reason"):
            print(f"{outcome.verdict:20} {outcome.file:75} {outcome.told[:120]}  [{outcome.expected}]")
    for verdict, count in counts.most_common():
        print(f"{count:4} {verdict}")
    right = counts["right"] + counts["right, other reason"]
    share = right / max(1, right + counts["wrong"])
    print(f"{right} of {right + counts['wrong']} expectations met ({share:.1%}; the bar is {BAR:.0%})")
    return 0 if share >= BAR and not counts["raised"] + counts["guessed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
