"""Say that an account's signature problem is understood, and take that back; no message is touched by either."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from carriers.models import Account, Dismissal, InboundMessage, MessageState


class CannotDismiss(Exception):
    """What was asked for may not be done; the text is a sentence for the person."""


class NothingQuarantined(CannotDismiss):
    """The account has no unauthentic message that nobody has understood yet."""


class ReasonMissing(CannotDismiss):
    """It was not said what the problem was."""


class NotDismissed(CannotDismiss):
    """There is nothing to take back."""


@transaction.atomic(durable=True)
def dismiss(*, account_id: int, reason: str, by: User, now: datetime) -> Dismissal:
    """Note why an account's messages were not authentic so far; the next one counts again.

    Raises: ReasonMissing, NothingQuarantined.
    """
    if not reason.strip():
        raise ReasonMissing("Say in a sentence what the problem was, such as “The secret was rotated on their side”.")
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    earlier = Dismissal.objects.filter(account=account_id, undone_at=None).order_by("at").last()
    waiting = InboundMessage.objects.filter(account=account_id, state=MessageState.QUARANTINED, received_at__lte=now)
    if earlier:
        waiting = waiting.filter(received_at__gt=earlier.at)
    if account is None or not waiting.exists():
        raise NothingQuarantined("There is no message of this account that nobody has understood yet.")
    return Dismissal.objects.create(account=account, at=now, by=by, reason=reason.strip())


@transaction.atomic(durable=True)
def undo_dismissal(*, dismissal_id: int, by: User, now: datetime) -> Dismissal:
    """Let the messages count again. Raises: NotDismissed where that was done before."""
    found = Dismissal.objects.select_for_update(of=("self",), no_key=True).filter(pk=dismissal_id).first()
    if found is None or found.undone_at is not None:
        raise NotDismissed("That was taken back already.")
    found.undone_at, found.undone_by = now, by
    found.save(update_fields=["undone_at", "undone_by"])
    return found
