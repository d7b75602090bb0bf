"""Changes of a draft's document: one sentence at a time, or a scope that becomes wider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction

from exceptions_queue.actions.case_rows import Refused
from exceptions_queue.actions.policy_versions import NotADraft, begin, draft_to_edit, lock_policy, record
from exceptions_queue.models import PolicyEvent, PolicyState, PolicyVersion
from exceptions_queue.policy.clauses import (
    Clause,
    clause_of,
    edited,
    input_name,
    moved,
    normal,
    removed,
    switched,
    with_detector,
)
from exceptions_queue.policy.diff import Difference, differences
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.situation import FindingKind


class SentenceGone(Refused):
    """The sentence is not in the draft any more."""


class ChangedMeanwhile(Refused):
    """Somebody else changed the same sentence since the person looked."""


class NothingWider(Refused):
    """The scope holds this already."""


_VERBS: Final[Mapping[str, Callable[[dict[str, Any], Clause], dict[str, Any]]]] = {
    "remove": removed,
    "up": lambda data, clause: moved(data, clause, -1),
    "down": lambda data, clause: moved(data, clause, 1),
    "switch": switched,
}
"""What can be done with a sentence besides saving what was typed into it."""


@transaction.atomic(durable=True)
def change_draft(
    *, number: int, part: str, key: str, was: str, verb: str, given: Mapping[str, str], by: User, now: datetime
) -> tuple[Difference, ...]:
    """Change one sentence of a draft and return what that changed, in words; nothing where it stays the same.

    `was` marks the sentence as the person saw it; `given` is what was typed, by the names of inputs.

    Raises: NoRole, VersionGone, NotADraft, SentenceGone, ChangedMeanwhile; PolicyError for what was typed.
    """
    lock_policy(by)
    draft = draft_to_edit(number)
    data = normal(draft.document)
    clause = clause_of(data, part, key)
    if clause is None:
        raise SentenceGone("This sentence is not in the draft any more. Look at the draft afresh.")
    if clause.was != was:
        raise ChangedMeanwhile("Somebody changed this sentence meanwhile. Here it is afresh; change it again.")
    if verb == "save":
        typed = {field.path: given.get(input_name(field.path), "") for field in clause.fields}
        return _keep(draft, edited(data, clause, typed), by=by, now=now)
    return _keep(draft, _VERBS[verb](data, clause), by=by, now=now)


@transaction.atomic(durable=True)
def look_for(*, number: int, kind: FindingKind | str, by: User, now: datetime) -> tuple[Difference, ...]:
    """Add a detector that the draft does not have, as Waypost ships it.

    Raises: NoRole, VersionGone, NotADraft, SentenceGone.
    """
    lock_policy(by)
    draft = draft_to_edit(number)
    try:
        data = with_detector(normal(draft.document), FindingKind(kind))
    except (ValueError, KeyError):
        raise SentenceGone(f"Waypost does not know how to find “{kind}”.") from None
    return _keep(draft, data, by=by, now=now)


@transaction.atomic(durable=True)
def widen_scope(
    *, carrier: str = "", storefront: str = "", team: str = "", by: User, now: datetime
) -> tuple[PolicyVersion, tuple[Difference, ...]]:
    """Let the draft's scope hold a carrier, a storefront and a queue as well; begin a draft where there is none.

    Raises: NoRole, NotADraft, NothingWider, CannotBeRead.
    """
    lock_policy(by)
    draft = PolicyVersion.objects.working() or begin(None, by=by, now=now)
    if draft.state != PolicyState.DRAFT:
        raise NotADraft(f"Version {draft.number} runs in shadow; stop the shadow to change its scope.")
    data = normal(draft.document)
    scope = data["scope"]
    for name, value in (("carriers", carrier), ("storefronts", storefront), ("teams", team)):
        if value and scope[name] and value not in scope[name]:
            scope[name].append(value)
    changed = _keep(draft, data, by=by, now=now)
    if not changed:
        raise NothingWider(f"The draft (version {draft.number}) opens such cases already. Publish it.")
    return draft, changed


def _keep(draft: PolicyVersion, data: dict[str, Any], *, by: User, now: datetime) -> tuple[Difference, ...]:
    """Save a document that can be read, with its line of history; one that means the same is not saved."""
    parse_policy(data)
    changed = differences(draft.document, data)
    if changed:
        draft.document = data
        draft.save(update_fields=["document"])
        told = {"changes": [each.sentence for each in changed]}
        record(draft, PolicyEvent.Kind.EDITED, told, by=by, now=now)
    return changed
