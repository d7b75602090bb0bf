"""What is done with versions of the policy: begin a draft, put it in shadow, publish it, publish an old one again.

Every verb takes the policy's one lock first, so that two people never publish at once without seeing each other.
What `PolicyEvent.data` holds, by kind:

    started          from: the number it began from
    edited           changes: sentences
    shadow_stopped   seen: how many observations it had open
    published        over: the number it replaced; note; again: the number published before, or null
    retired          by_number
    opened           case, shipment
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import connection, transaction

from exceptions_queue.access import name_of, roles_of
from exceptions_queue.actions.approval_rows import ask_those_who_may
from exceptions_queue.actions.case_rows import NoRole, Refused
from exceptions_queue.models import Observation, PolicyEvent, PolicyState, PolicyVersion
from exceptions_queue.policy.clauses import mark_of
from exceptions_queue.policy.document import Policy, parse_policy, to_data
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.transitions import Role

_LOCK: Final = 0x57_41_59_10
"""Advisory lock number; any constant no other part of the database uses."""

EDITORS: Final = frozenset({Role.OPERATIONS})
_WORKING: Final = (PolicyState.DRAFT, PolicyState.SHADOW)


class VersionGone(Refused):
    """There is no such version."""


class DraftRuns(Refused):
    """Another draft is already being worked on."""


class NotADraft(Refused):
    """The version is in a state in which this cannot be done with it."""


class WhyMissing(Refused):
    """Publishing needs a reason that others can read."""


class EditedMeanwhile(Refused):
    """The draft is not what the person saw."""


class PublishedMeanwhile(Refused):
    """Another version came into force since the person looked."""


class CannotBeRead(Refused):
    """The document is of no use today; the text names the line and the fix."""


@transaction.atomic(durable=True)
def start_draft(*, from_number: int | None = None, by: User, now: datetime) -> PolicyVersion:
    """Begin a draft from a version (default: the one in force).

    Raises: NoRole, DraftRuns, VersionGone, CannotBeRead.
    """
    lock_policy(by)
    return begin(from_number, by=by, now=now)


def begin(from_number: int | None, *, by: User, now: datetime) -> PolicyVersion:
    """Save a draft under the policy's lock. Raises: DraftRuns, VersionGone, CannotBeRead."""
    if running := PolicyVersion.objects.working():
        raise DraftRuns(f"Version {running.number} is already being worked on. Publish or discard it first.")
    base = PolicyVersion.objects.published() if from_number is None else _version(from_number)
    draft = PolicyVersion.objects.create(
        number=_next_number(),
        document=to_data(_read(base)),
        base=base,
        created_at=now,
        created_by=by,
    )
    record(draft, PolicyEvent.Kind.STARTED, {"from": base.number}, by=by, now=now)
    return draft


@transaction.atomic(durable=True)
def start_shadow(*, number: int, by: User, now: datetime) -> PolicyVersion:
    """Let a draft judge every parcel silently beside the version in force.

    Raises: NoRole, VersionGone, NotADraft, CannotBeRead.
    """
    lock_policy(by)
    version = _in_state(number, PolicyState.DRAFT)
    _read(version)
    version.state, version.shadow_at, version.sweep_after = PolicyState.SHADOW, now, 0
    version.save(update_fields=["state", "shadow_at", "sweep_after"])
    record(version, PolicyEvent.Kind.SHADOW_STARTED, {}, by=by, now=now)
    return version


@transaction.atomic(durable=True)
def stop_shadow(*, number: int, by: User, now: datetime) -> PolicyVersion:
    """Make a version in shadow a draft again, so that it can be edited; what it saw stays as it was seen.

    Raises: NoRole, VersionGone, NotADraft.
    """
    lock_policy(by)
    version = _in_state(number, PolicyState.SHADOW)
    version.state, version.sweep_after = PolicyState.DRAFT, None
    version.save(update_fields=["state", "sweep_after"])
    record(version, PolicyEvent.Kind.SHADOW_STOPPED, {"seen": _end_shadow(now)}, by=by, now=now)
    return version


@transaction.atomic(durable=True)
def discard_draft(*, number: int, by: User, now: datetime) -> PolicyVersion:
    """Put a draft away; its number is not used again, and another draft can begin from it.

    Raises: NoRole, VersionGone, NotADraft.
    """
    lock_policy(by)
    version = _in_state(number, *_WORKING)
    _end_shadow(now)
    version.state, version.sweep_after = PolicyState.DISCARDED, None
    version.save(update_fields=["state", "sweep_after"])
    record(version, PolicyEvent.Kind.DISCARDED, {}, by=by, now=now)
    return version


@transaction.atomic(durable=True)
def publish(*, number: int, over: int, note: str, seen: str | None = None, by: User, now: datetime) -> PolicyVersion:
    """Bring a draft into force in place of version `over`, which the person saw in force.

    `seen` marks the draft's document as the person saw it; left out, it is published as it stands. Every open parcel
    is then judged by it, in slices.

    Raises: NoRole, VersionGone, NotADraft, WhyMissing, EditedMeanwhile, PublishedMeanwhile, CannotBeRead.
    """
    lock_policy(by)
    version = _in_state(number, *_WORKING)
    if seen is not None and seen != mark_of(version.document):
        raise EditedMeanwhile(
            f"Somebody changed version {number} since you looked. Read what it changes now, then publish."
        )
    policy = _read(version)
    return _bring_into_force(version, policy, over=over, note=_why(note), again=None, by=by, now=now)


@transaction.atomic(durable=True)
def publish_again(*, number: int, over: int, note: str, by: User, now: datetime) -> PolicyVersion:
    """Roll back: publish the document of a retired version under a new number.

    Raises: NoRole, VersionGone, NotADraft, WhyMissing, PublishedMeanwhile, CannotBeRead.
    """
    lock_policy(by)
    old = _in_state(number, PolicyState.RETIRED)
    policy = _read(old)
    said = f"Rolled back to {number}: {_why(note)}"
    fresh = PolicyVersion(number=_next_number(), document=to_data(policy), base=old, created_at=now, created_by=by)
    return _bring_into_force(fresh, policy, over=over, note=said, again=number, by=by, now=now)


def _bring_into_force(
    version: PolicyVersion, policy: Policy, *, over: int, note: str, again: int | None, by: User, now: datetime
) -> PolicyVersion:
    before = PolicyVersion.objects.published()
    if before.number != over:
        who = name_of(before.published_by) if before.published_by else "the installation"
        raise PublishedMeanwhile(f"Version {before.number} was published meanwhile by {who}. Look at it first.")
    before.state, before.sweep_after = PolicyState.RETIRED, None
    before.save(update_fields=["state", "sweep_after"])
    if version.state == PolicyState.SHADOW:
        _end_shadow(now)
    version.state, version.note = PolicyState.PUBLISHED, note
    version.published_at, version.published_by, version.sweep_after = now, by, 0
    version.save()
    if not policy.scope.limited:
        Observation.objects.open().filter(mode=Observation.Mode.OUTSIDE).update(cleared_at=now)
    ask_those_who_may(policy.approvals)
    record(before, PolicyEvent.Kind.RETIRED, {"by_number": version.number}, by=by, now=now)
    data = {"over": before.number, "note": note, "again": again}
    record(version, PolicyEvent.Kind.PUBLISHED, data, by=by, now=now)
    return version


def lock_policy(by: User) -> None:
    """Take the one lock of the policy to the end of the transaction, for somebody who may edit it. Raises: NoRole."""
    if roles_of(by).isdisjoint(EDITORS):
        raise NoRole("The policy is edited by the operations owner. Ask an administrator for the role.")
    hold_policy()


def hold_policy() -> None:
    """Take the one lock of the policy to the end of the transaction, for the system itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def record(version: PolicyVersion, kind: PolicyEvent.Kind, data: dict[str, Any], *, by: User, now: datetime) -> None:
    """Write one line of the policy's history."""
    PolicyEvent.objects.create(version=version, at=now, kind=kind, by=by, data=data)


def draft_to_edit(number: int) -> PolicyVersion:
    """Return a draft for a change of its document, under the policy's lock. Raises: VersionGone, NotADraft."""
    return _in_state(number, PolicyState.DRAFT)


def _version(number: int) -> PolicyVersion:
    found = PolicyVersion.objects.filter(number=number).first()
    if found is None:
        raise VersionGone(f"There is no version {number} of the policy.")
    return found


def _in_state(number: int, *states: PolicyState) -> PolicyVersion:
    version = _version(number)
    if version.state not in states:
        raise NotADraft(_REFUSALS[PolicyState(version.state)].format(number=number))
    return version


_REFUSALS: Final = {
    PolicyState.DRAFT: "Version {number} is still a draft.",
    PolicyState.SHADOW: "Version {number} runs in shadow; stop the shadow first.",
    PolicyState.PUBLISHED: "Version {number} is in force; begin a new draft to change it.",
    PolicyState.RETIRED: "Version {number} was in force before; publish it again, or begin a draft from it.",
    PolicyState.DISCARDED: "Version {number} was discarded; begin a draft from it.",
}


def _read(version: PolicyVersion) -> Policy:
    try:
        return parse_policy(version.document)
    except PolicyError as problem:
        raise CannotBeRead(f"Version {version.number} cannot be used: {problem}.") from problem


def _why(note: str) -> str:
    if not note.strip():
        raise WhyMissing("Say why: everybody who asks about a case later reads it.")
    return note.strip()


def _next_number() -> int:
    last = PolicyVersion.objects.order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _end_shadow(now: datetime) -> int:
    return Observation.objects.open().filter(mode=Observation.Mode.SHADOW).update(cleared_at=now)
