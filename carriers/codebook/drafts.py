"""What a person wants codes to mean, kept until it is published or thrown away."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from carriers.codebook.changes import SAID, Change
from carriers.models import CodeDraft, CodeMapping
from config.roles import holds_role
from shipments.facts import Reason, State

OWNER: Final = "operations"
MOST_AT_ONCE: Final = 500
ROW: Final = (*SAID, "description", "source", "confidence", "seeded")
Code = tuple[str, str]
"""System and code."""


class CodebookRefused(Exception):
    """Why nothing was changed, as a sentence for the person."""


class NotOperations(CodebookRefused):
    """The person does not hold the role that owns the vocabulary."""


class NotInVocabulary(CodebookRefused):
    """The state or the reason is none of ours, or the code has no name."""


class Meant(NamedTuple):
    """What a person wants codes to mean; `description` is empty to leave each code's own."""

    state: str
    reason: str = ""
    physical: bool = True
    action_required: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Drafted:
    """How many codes were drafted, and how many had that meaning already."""

    written: int
    same: int


def check_may_write(by: User) -> None:
    """Raises: NotOperations when the person may only read the code table."""
    if not holds_role(by, OWNER):
        raise NotOperations("What codes mean is decided by operations. Ask an administrator for the role.")


@transaction.atomic(durable=True)
def draft_codes(*, codes: Sequence[Code], meant: Meant | None, by: User, now: datetime) -> Drafted:
    """Note what codes shall mean (None: nothing at all); a code that means it already leaves the draft.

    Raises: NotOperations, NotInVocabulary.
    """
    check_may_write(by)
    _check_words(codes, meant)
    wanted = list(dict.fromkeys(codes))[:MOST_AT_ONCE]
    present = present_rows(wanted)
    drafts = [_draft(code, present.get(code), meant, by=by, now=now) for code in wanted]
    real = [draft for draft in drafts if change_of(draft).is_real]
    same = [draft for draft in drafts if not change_of(draft).is_real]
    CodeDraft.objects.filter(any_of([(draft.system, draft.code) for draft in same]), by=by).delete()
    CodeDraft.objects.bulk_create(
        real,
        update_conflicts=True,
        unique_fields=["by", "system", "code"],
        update_fields=["before", "unmaps", *SAID, "description", "written_at"],
    )
    return Drafted(written=len(real), same=len(same))


@transaction.atomic(durable=True)
def drop_drafts(*, ids: Sequence[int] | None, by: User) -> int:
    """Throw drafts of a person away, all of them for None, and return how many there were. Raises: NotOperations."""
    check_may_write(by)
    mine = CodeDraft.objects.filter(by=by)
    dropped, _ = (mine if ids is None else mine.filter(pk__in=ids)).delete()
    return dropped


def change_of(draft: CodeDraft) -> Change:
    """Return what a draft would change."""
    after = {name: getattr(draft, name) for name in (*SAID, "description")}
    return Change(draft.system, draft.code, draft.before, None if draft.unmaps else after)


def drafted_changes(drafts: Iterable[CodeDraft]) -> list[Change]:
    """Return what drafts would change, in their order."""
    return [change_of(draft) for draft in drafts]


def fingerprint(drafts: Iterable[CodeDraft]) -> str:
    """Return a short text that is the same exactly while the drafts say the same."""
    told = sorted([draft.system, draft.code, draft.before, change_of(draft).after] for draft in drafts)
    return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=12).hexdigest()


def present_rows(codes: Iterable[Code]) -> dict[Code, dict[str, Any]]:
    """Return the table's rows of these codes as JSON values, by system and code; those without a row are left out."""
    rows = CodeMapping.objects.filter(any_of(codes))
    return {(row.system, row.code): told_row(row) for row in rows}


def told_row(row: CodeMapping) -> dict[str, Any]:
    """Return a row of the table as JSON values, with the number of the publication that gave it its meaning."""
    return {name: getattr(row, name) for name in ROW} | {"publication": row.publication_id}


def row_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model's fields of a row kept as JSON values."""
    return {name: told[name] for name in ROW} | {"publication_id": told["publication"]}


def any_of(codes: Iterable[Code]) -> Q:
    """Return the condition that a row is about one of these codes."""
    by_system: dict[str, list[str]] = {}
    for system, code in codes:
        by_system.setdefault(system, []).append(code)
    found = Q(pk__in=[])
    for system, names in by_system.items():
        found |= Q(system=system, code__in=names)
    return found


def _draft(code: Code, before: dict[str, Any] | None, meant: Meant | None, *, by: User, now: datetime) -> CodeDraft:
    draft = CodeDraft(by=by, system=code[0], code=code[1], before=before, written_at=now, unmaps=meant is None)
    if meant is not None:
        for name, value in meant._asdict().items():
            setattr(draft, name, value)
        draft.description = meant.description.strip() or (before or {}).get("description", "")
    elif before is not None:
        draft.state = before["state"]
    return draft


def _check_words(codes: Sequence[Code], meant: Meant | None) -> None:
    if not all(system.strip() and code.strip() for system, code in codes):
        raise NotInVocabulary("A code needs its system and its name.")
    if meant is not None and (meant.state not in State.values or meant.reason not in ("", *Reason.values)):
        raise NotInVocabulary("Choose a state and a reason from the lists.")
