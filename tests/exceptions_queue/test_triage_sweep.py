"""The sweep reads what is due and nothing else, however many shipments are open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from exceptions_queue.triage import situations
from tests.factories import NOW

OPEN, DUE = 20_000, 40


@pytest.fixture
def many_open(db) -> None:
    """Save open shipments of which a few are due now, spread over the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO shipments_shipment (carrier, tracking_number, service, direction, first_seen_at, review_due_at,
                   state, last_known_state, reason, attempts, corrected_from, unmapped_code, last_description)
            SELECT 'ups', 'P' || n, 'ground', 'outbound', %(now)s,
                   CASE WHEN n %% (%(open)s / %(due)s) = 0 THEN %(now)s ELSE %(now)s + n * interval '1 minute' END,
                   'in_transit', 'in_transit', '', 0, '', '', ''
              FROM generate_series(1, %(open)s) n
            """,
            {"now": NOW, "open": OPEN, "due": DUE},
        )
        cursor.execute("ANALYZE shipments_shipment")


def plan(sql: str, parameters: list[Any]) -> dict[str, Any]:
    """Return how the database ran a statement, with the rows and pages it really read."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql.replace('%b', '%s')}", parameters)
        told = cursor.fetchone()[0]
    return (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from nodes(below)


def test_the_sweep_reads_only_what_is_due(many_open):
    top = plan(situations._CLAIM, [NOW, 500])
    scans = [each for each in nodes(top) if "Scan" in each["Node Type"]]
    assert [each.get("Index Name") for each in scans] == ["shipment_due"]
    assert scans[0]["Actual Rows"] == DUE
    assert scans[0].get("Rows Removed by Filter", 0) == 0
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 10 * DUE


def test_the_sweep_stops_at_its_batch(many_open):
    top = plan(situations._CLAIM, [NOW + timedelta(days=400), 100])
    scan = next(each for each in nodes(top) if "Scan" in each["Node Type"])
    assert (scan["Index Name"], scan["Actual Rows"]) == ("shipment_due", 100)
