"""What a batch of messages tells of its feeds: their hours, and the carriers they speak of; set by set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from carriers.rhythm import LAG_CLASSES, lag_class
from shipments.facts import EventFact, TimeConfidence
from shipments.setwise import columns, run

_NO_LAG: Final = -1
_LAGS: Final = ", ".join(f"count(*) FILTER (WHERE lag = {number})" for number in range(LAG_CLASSES))


def lag_of_news(facts: Iterable[EventFact]) -> int:
    """Return the lag class of the newest scan among new facts, -1 where none states when it happened."""
    stated = [fact for fact in facts if fact.time_confidence is not TimeConfidence.UNKNOWN]
    newest = max(stated, key=lambda fact: fact.occurred_at, default=None)
    return _NO_LAG if newest is None else lag_class(newest.received_at - newest.occurred_at)


COUNT_HOURS: Final = f"""
    INSERT INTO carriers_feedhour AS known (account_id, hour, messages, unmapped, lags, first_at, last_at)
    SELECT account_id, date_trunc('hour', received_at, 'UTC') AS hour, count(*), sum(unmapped), ARRAY[{_LAGS}],
           min(received_at), max(received_at)
      FROM marked
     WHERE attempts = 1
     GROUP BY account_id, 2
     ORDER BY account_id, 2
        ON CONFLICT (hour, account_id) DO UPDATE
       SET messages = known.messages + excluded.messages,
           unmapped = known.unmapped + excluded.unmapped,
           lags = (SELECT array_agg(a + b ORDER BY n)
                     FROM unnest(known.lags, excluded.lags) WITH ORDINALITY AS both_(a, b, n)),
           first_at = least(known.first_at, excluded.first_at),
           last_at = greatest(known.last_at, excluded.last_at)
"""
"""Adds messages `marked` (account_id, received_at, unmapped, attempts, lag: -1 for none) to their accounts' hours."""


def note_carriers(heard: Mapping[tuple[int, str], datetime]) -> None:
    """Note that accounts told of carriers ((account, carrier) -> when), in the order of the accounts."""
    run(
        """
        INSERT INTO carriers_feedcarrier AS known (account_id, carrier, last_heard_at)
        SELECT * FROM unnest(%b::bigint[], %b::text[], %b::timestamptz[])
            ON CONFLICT (account_id, carrier) DO UPDATE SET last_heard_at = excluded.last_heard_at
                  WHERE known.last_heard_at < excluded.last_heard_at
        """,
        columns([(account, carrier, at) for (account, carrier), at in sorted(heard.items())], 3),
    )
