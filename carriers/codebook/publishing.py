"""Publish meanings, and take a publication back: the table changes at once, history follows in the background."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from carriers.code_table import table_rows
from carriers.codebook.changes import Change, changed, inverse, turns
from carriers.codebook.drafts import (
    ROW,
    CodebookRefused,
    check_may_write,
    drafted_changes,
    fingerprint,
    present_rows,
    row_of,
)
from carriers.codebook.heard import answer_again, hits_of
from carriers.codebook.turns import hold_readers_back
from carriers.codes import CodeTable
from carriers.models import CodeChange, CodeDraft, CodeMapping, CodePublication, Rereading

LONGEST_NOTE = 2000


class NothingDrafted(CodebookRefused):
    """The person has no draft, or none that would change a meaning."""


class WhyMissing(CodebookRefused):
    """Nobody could tell later why it was published."""


class DraftMoved(CodebookRefused):
    """The draft is not the one that was previewed."""


class ChangedMeanwhile(CodebookRefused):
    """Somebody published another meaning for one of the codes since."""


class NoSuchPublication(CodebookRefused):
    """There is no publication with this number."""


class AlreadyUndone(CodebookRefused):
    """The publication was taken back before."""


@transaction.atomic(durable=True)
def publish(*, by: User, note: str, seen: str, now: datetime) -> CodePublication:
    """Publish a person's draft, which is then empty; new scans are read by it at once, history in the background.

    `seen` is the fingerprint of the draft that was previewed.
    Raises: NotOperations, WhyMissing, NothingDrafted, DraftMoved, ChangedMeanwhile.
    """
    check_may_write(by)
    if not note.strip():
        raise WhyMissing("Say why, in a sentence: whoever reads this later will ask.")
    hold_readers_back()
    drafts = list(CodeDraft.objects.select_for_update(of=("self",), no_key=True).filter(by=by).order_by("pk"))
    changes = [change for change in drafted_changes(drafts) if change.is_real]
    if not changes:
        raise NothingDrafted("Your draft changes nothing. Give a code another meaning first.")
    if fingerprint(drafts) != seen:
        raise DraftMoved("Your draft changed since you looked at its preview. Look at it again, then publish.")
    _check_untouched(changes, "Open the code, look at its meaning today, and draft it again.")
    publication = write_publication(changes, by=by, note=note.strip()[:LONGEST_NOTE], now=now)
    CodeDraft.objects.filter(pk__in=[draft.pk for draft in drafts]).delete()
    return publication


@transaction.atomic(durable=True)
def undo(*, number: int, by: User, now: datetime) -> CodePublication:
    """Publish the inverse of a publication; history is read back in the background.

    Raises: NotOperations, NoSuchPublication, AlreadyUndone, ChangedMeanwhile.
    """
    check_may_write(by)
    hold_readers_back()
    found = CodePublication.objects.filter(pk=number).first()
    if found is None:
        raise NoSuchPublication(f"There is no publication {number}.")
    undone = CodePublication.objects.filter(undoes=found).first()
    if undone:
        raise AlreadyUndone(f"Publication {number} was already taken back by publication {undone.pk}.")
    changes = inverse(
        Change(each.system, each.code, each.before, each.after) for each in found.changes.order_by("system", "code")
    )
    _check_untouched(changes, "Undo that publication first.")
    return write_publication(changes, by=by, note=f"Takes back publication {number}.", now=now, undoes=found)


def write_publication(
    changes: Sequence[Change], *, by: User | None, note: str, now: datetime, undoes: CodePublication | None = None
) -> CodePublication:
    """Write a publication, the table's rows, who answers which spelling, and the work on history.

    Call it inside a transaction that holds readers back.
    """
    number = (CodePublication.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    publication = CodePublication.objects.create(pk=number, by=by, note=note, at=now, undoes=undoes)
    changes = [change._replace(after=_signed(change, number, by)) for change in changes]
    CodeChange.objects.bulk_create(
        [CodeChange(publication=publication, **change._asdict()) for change in changes], batch_size=2000
    )
    systems = sorted({change.system for change in changes})
    rows = table_rows(systems)
    hits = hits_of(systems)
    turned = turns(hits, CodeTable(rows), changed(rows, changes))
    _write_rows(changes)
    answer_again({turn.spelling.id: turn.answered_by for turn in turned})
    _queue(publication, {turn.spelling.id: hits[turn.spelling] for turn in turned if turn.rewrites_history}, now=now)
    return publication


def _check_untouched(changes: Iterable[Change], what_to_do: str) -> None:
    present = present_rows([(change.system, change.code) for change in changes])
    for change in changes:
        found = present.get((change.system, change.code))
        if found != change.before:
            last = CodeChange.objects.filter(system=change.system, code=change.code).order_by("-publication").first()
            where = f" in publication {last.publication_id}" if last else ""
            raise ChangedMeanwhile(
                f"The meaning of {change.system} {change.code} was changed{where} meanwhile. {what_to_do}"
            )


def _signed(change: Change, number: int, by: User | None) -> dict[str, object] | None:
    """Return the new row with who gave it its meaning; a row that is only put back keeps its own signature."""
    if change.after is None:
        return None
    if "publication" in change.after:
        return dict(change.after)
    who = (by.get_full_name() or by.get_username()) if by else "Waypost"
    source = change.before["source"] if change.before else f"publication {number} by {who}"
    seeded = bool(change.before and change.before["seeded"])
    return {**change.after, "source": source, "confidence": "people", "seeded": seeded, "publication": number}


def _write_rows(changes: Sequence[Change]) -> None:
    for change in changes:
        if change.after is None:
            CodeMapping.objects.filter(system=change.system, code=change.code).delete()
    CodeMapping.objects.bulk_create(
        [
            CodeMapping(system=change.system, code=change.code, **row_of(change.after))
            for change in changes
            if change.after is not None
        ],
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["system", "code"],
        update_fields=[*ROW, "publication", "updated_at"],
    )


def _queue(publication: CodePublication, hits: Mapping[int, int], *, now: datetime) -> None:
    """Leave the work on history to do, for these spellings with their scans; done at once where there is none."""
    done = None if hits else now
    Rereading.objects.create(
        publication=publication,
        spellings=sorted(hits),
        events_expected=sum(hits.values()),
        started_at=done,
        finished_at=done,
    )
