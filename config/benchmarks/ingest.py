"""Inbox → events → shipments → triage, beside the same rows written by bare psycopg."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from itertools import batched
from typing import Any, Final

from django.db import connection
from psycopg import sql

from carriers.accounts import ensure_account
from carriers.inbox import NewMessage, drain, receive_many
from config.benchmarks.databases import scratch, server, use
from config.benchmarks.world import Stream, sample
from exceptions_queue.triage import triage_due

OURS: Final = "waypost_benchmark_ours"
LIMIT: Final = "waypost_benchmark_limit"
BATCH: Final = 500
TABLES: Final = (
    "carriers_inboundmessage",
    "shipments_shipment",
    "shipments_trackingevent",
    "exceptions_queue_case",
    "exceptions_queue_finding",
    "exceptions_queue_leg",
    "exceptions_queue_caseevent",
)
"""Everything the pipeline writes, parents before children."""


def run(*, messages: int, seed: int = 1) -> dict[str, Any]:
    """Return messages a second of ours and of the limit, their ratio, and how many rows were written.

    The limit copies the very rows that ours wrote into the same empty tables of a second database, in as many
    transactions, and neither parses nor judges anything.
    """
    stream = sample(messages=messages, seed=seed)
    with scratch(OURS, LIMIT):
        use(LIMIT)
        _prepare(stream)
        use(OURS)
        accounts = _prepare(stream)
        told = [
            NewMessage(accounts[each.source], each.source, each.received_at, each.body) for each in stream.messages
        ]
        _checkpoint()
        phases = _ours(told, now=stream.end)
        connection.close()
        copied, rows = _limit(batches=-(-len(told) // BATCH))
        ours, limit = len(told) / sum(phases.values()), len(told) / copied
    return {
        "ours": round(ours, 1),
        "limit": round(limit, 1),
        "ratio": round(ours / limit, 3),
        "unit": "messages/s",
        "messages": len(told),
        "seconds": {name: round(seconds, 2) for name, seconds in phases.items()} | {"limit": round(copied, 2)},
        "rows": rows,
    }
