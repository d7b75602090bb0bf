"""Find shipments by what people have at hand: a tracking number, an order, a customer's id, name or e-mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.db import connection

from shipments.facts import clean_tracking_number

MOST: Final = 1000
SHORTEST: Final = 3
"""A beginning shorter than this means too much; only whole matches are looked for."""

_WHOLE: Final = """
SELECT id, 0 AS rank FROM shipments_shipment WHERE tracking_number = %(number)s
UNION ALL
SELECT parcel.id, 0 FROM shipments_order placed JOIN shipments_shipment parcel ON parcel.order_id = placed.id
    WHERE placed.order_id = ANY(%(orders)s)
UNION ALL
SELECT parcel.id, 0 FROM shipments_customer person JOIN shipments_order placed ON placed.customer_id = person.id
    JOIN shipments_shipment parcel ON parcel.order_id = placed.id
    WHERE person.customer_id = %(text)s OR lower(person.email) = lower(%(text)s)
"""
_BEGINNING: Final = """
UNION ALL
(SELECT id, 1 FROM shipments_shipment WHERE tracking_number LIKE %(number_begins)s LIMIT %(most)s)
UNION ALL
(SELECT id, 1 FROM shipments_shipment WHERE order_id = ANY(ARRAY(
    SELECT placed.id FROM shipments_order placed WHERE {orders_begin} LIMIT %(most)s)) LIMIT %(most)s)
UNION ALL
(SELECT parcel.id, 1 FROM shipments_customer person JOIN shipments_order placed ON placed.customer_id = person.id
    JOIN shipments_shipment parcel ON parcel.order_id = placed.id
    WHERE person.id = ANY(ARRAY(
        (SELECT id FROM shipments_customer WHERE lower(email) LIKE lower(%(text_begins)s) LIMIT %(most)s)
        UNION (SELECT id FROM shipments_customer WHERE customer_id LIKE %(text_begins)s LIMIT %(most)s)
        UNION (SELECT id FROM shipments_customer
            WHERE to_tsvector('simple', COALESCE(name, '')) @@ to_tsquery('simple', %(words)s) LIMIT %(most)s)))
    LIMIT %(most)s)
"""
_RANKED: Final = "SELECT id, min(rank) FROM ({}) AS found GROUP BY id ORDER BY 2, 1 DESC LIMIT %(most)s"


@dataclass(frozen=True, slots=True)
class Found:
    """Which shipments match: `exact` match as a whole, the others begin so; `capped` when there are more."""

    ids: list[int]
    exact: frozenset[int]
    capped: bool


def find(text: str) -> Found:
    """Return the shipments that match a text, at most a thousand, whole matches kept before beginnings. One query.

    Numbers and orders match from their start in any case and spacing, a customer's name by the start of each word.
    """
    text = " ".join(text.replace("\0", "").split())
    if not text:
        return Found([], frozenset(), capped=False)
    number, orders = clean_tracking_number(text), _order_spellings(text)
    beginnings = {f"order_{place}": _begins(order) for place, order in enumerate(orders)}
    # One LIKE for each spelling: the planner has no index for LIKE ANY.
    begin = " OR ".join(f"placed.order_id LIKE %({name})s" for name in beginnings)
    wanted = _WHOLE + (_BEGINNING.format(orders_begin=begin) if len(number) >= SHORTEST else "")
    with connection.cursor() as cursor:
        cursor.execute(
            _RANKED.format(wanted),
            {
                "text": text,
                "number": number,
                "orders": orders,
                "text_begins": _begins(text),
                "number_begins": _begins(number),
                "words": _words(text),
                "most": MOST + 1,
            }
            | beginnings,
        )
        rows = cursor.fetchall()
    kept = rows[:MOST]
    return Found([pk for pk, _ in kept], frozenset(pk for pk, rank in kept if rank == 0), len(rows) > MOST)


def _order_spellings(text: str) -> list[str]:
    bare = text.removeprefix("#")
    return sorted({text, text.upper(), text.lower(), bare, f"#{bare}"} - {""})


def _begins(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _words(text: str) -> str:
    """Return a query for the words of a name, each by its beginning."""
    return " & ".join(f"{word}:*" for word in re.findall(r"\w+", text)) or ""
