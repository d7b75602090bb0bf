"""Watch the feeds: one incident for each that falls silent, ended when it speaks; and what people do about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from carriers.models import Account, FeedEvent, FeedIncident
from carriers.silence import Feed, Hearing, OpenIncident, Silences, Voice, silences, silent_carriers
from shipments import silence
from shipments.playback import may_work
from shipments.setwise import columns, run
from shipments.spoken import long_duration

_ALONE: Final = 0x57_41_59_02
"""Advisory lock number; any constant no other part of the database uses."""
_UNREAD: Final = 1000
"""How many of the newest unread messages are looked at: a feed they came from is heard, though nobody read them yet."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What one look changed, and which carriers are silent now."""

    opened: int = 0
    closed: int = 0
    silent: tuple[str, ...] = ()


class NotOpen(Exception):
    """The incident has ended, so there is nothing left to see to."""


@transaction.atomic(durable=True)
def watch_feeds(*, now: datetime) -> Watched:
    """Open an incident for each feed that fell silent, close those of feeds that spoke, and mark silent carriers.

    Does nothing while another look is under way, or while a simulated clock runs.
    """
    if not may_work() or not run("SELECT pg_try_advisory_xact_lock(%b)", [_ALONE])[0][0]:
        return Watched()
    feeds = _feeds()
    changes = silences(feeds, now)
    _open(changes, now=now)
    _close(changes, now=now)
    silent = {
        feed.account_id: feed.last_heard_at
        for feed in feeds
        if feed.last_heard_at is not None and feed.hearing(now) is Hearing.SILENT
    }
    carriers = silent_carriers(_voices(), silent)
    silence.mark(carriers, now=now)
    return Watched(len(changes.opening), len(changes.closing), tuple(carriers))


@transaction.atomic(durable=True)
def set_silence(*, account_id: int, hours: int | None, by: User, now: datetime) -> bool:
    """Set after how many hours of silence an account's feed is an incident, None for never; return whether it changed.

    Raises: Account.DoesNotExist.
    """
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account_id)
    minutes = None if hours is None else hours * 60
    if account.silent_after_minutes == minutes:
        return False
    Account.objects.filter(pk=account_id).update(silent_after_minutes=minutes)
    before = _in_words(account.silent_after_minutes)
    text = f"An incident {_in_words(minutes)}; before, {before}."
    FeedEvent.objects.create(account=account, at=now, by=by, kind=FeedEvent.Kind.WATCHED, text=text)
    return True


@transaction.atomic(durable=True)
def mark_seen(*, incident_id: int, by: User, now: datetime) -> bool:
    """Note that somebody sees to an open incident; return False where somebody did before.

    Raises: FeedIncident.DoesNotExist; NotOpen.
    """
    incident = FeedIncident.objects.select_for_update(of=("self",), no_key=True).get(pk=incident_id)
    if incident.closed_at is not None:
        raise NotOpen("It has ended already, so there is nothing left to see to.")
    if incident.seen_at is not None:
        return False
    FeedIncident.objects.filter(pk=incident_id).update(seen_at=now, seen_by=by)
    _tell(incident, FeedEvent.Kind.SEEN, "", by=by, now=now)
    return True


@transaction.atomic(durable=True)
def add_note(*, incident_id: int, text: str, by: User, now: datetime) -> None:
    """Write down what was found or done about an incident, also after its end. Raises: FeedIncident.DoesNotExist."""
    _tell(FeedIncident.objects.get(pk=incident_id), FeedEvent.Kind.NOTE, text, by=by, now=now)


def _tell(incident: FeedIncident, kind: FeedEvent.Kind, text: str, *, by: User, now: datetime) -> None:
    FeedEvent.objects.create(account_id=incident.account_id, incident=incident, at=now, by=by, kind=kind, text=text)


def _in_words(minutes: int | None) -> str:
    return "never" if minutes is None else f"after {long_duration(timedelta(minutes=minutes))} of silence"


def _feeds() -> list[Feed]:
    """Return every account with its open incident; what came in but was not read yet counts as heard."""
    rows = run(
        """
        SELECT a.id, a.source || '/' || a.name, greatest(a.last_message_at, unread.at), a.silent_after_minutes,
               a.is_active, i.id, i.last_heard_at
          FROM carriers_account a
          LEFT JOIN carriers_feedincident i ON i.account_id = a.id AND i.closed_at IS NULL
          LEFT JOIN (SELECT account_id, max(received_at) AS at
                       FROM (SELECT account_id, received_at FROM carriers_inboundmessage
                              WHERE state = 'received' ORDER BY id DESC LIMIT %b) AS newest
                      GROUP BY account_id) AS unread ON unread.account_id = a.id
         ORDER BY a.id
        """,
        [_UNREAD],
    )
    return [
        Feed(
            account_id=pk,
            label=label,
            last_heard_at=heard_at,
            silent_after=None if minutes is None else timedelta(minutes=minutes),
            is_active=is_active,
            incident=None if incident is None else OpenIncident(incident, since),
        )
        for pk, label, heard_at, minutes, is_active, incident, since in rows
    ]


def _voices() -> list[Voice]:
    rows = run(
        """
        SELECT c.carrier, c.account_id, c.last_heard_at
          FROM carriers_feedcarrier c JOIN carriers_account a ON a.id = c.account_id
         WHERE a.is_active
        """
    )
    return [Voice(*row) for row in rows]


def _open(changes: Silences, *, now: datetime) -> None:
    rows = [(each.account_id, each.last_heard_at, each.sentence) for each in changes.opening]
    if rows:
        run(
            """
            WITH born AS (
                INSERT INTO carriers_feedincident (account_id, opened_at, last_heard_at, sentence, ending)
                SELECT account_id, %b, heard_at, sentence, ''
                  FROM unnest(%b::bigint[], %b::timestamptz[], %b::text[]) AS fresh(account_id, heard_at, sentence)
                RETURNING id, account_id, sentence
            )
            INSERT INTO carriers_feedevent (account_id, incident_id, at, kind, text)
            SELECT account_id, id, %b, 'opened', sentence FROM born
            """,
            [now, *columns(rows, 3), now],
        )


def _close(changes: Silences, *, now: datetime) -> None:
    rows = [(each.incident_id, each.heard_at, each.sentence) for each in changes.closing]
    if rows:
        run(
            """
            WITH ended AS (
                UPDATE carriers_feedincident AS i
                   SET closed_at = greatest(%b, i.opened_at), heard_at = fresh.heard_at, ending = fresh.sentence
                  FROM unnest(%b::bigint[], %b::timestamptz[], %b::text[]) AS fresh(id, heard_at, sentence)
                 WHERE i.id = fresh.id
                RETURNING i.id, i.account_id, i.ending
            )
            INSERT INTO carriers_feedevent (account_id, incident_id, at, kind, text)
            SELECT account_id, id, %b, 'closed', ending FROM ended
            """,
            [now, *columns(rows, 3), now],
        )
