"""What people do with parcels no order claims: attach them to an order, correct their carrier, and take that back.

Shipments are locked in the order of their ids; every act is written down as a `ParcelAct`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from shipments import corrections
from shipments.models import Conversation, Order, ParcelAct, Shipment
from shipments.setwise import outlast_deadlocks

MOST: Final = 500
"""Parcels one act may take."""


class CannotMatch(Exception):
    """What was asked for may not be done; the text is a sentence for the person."""


class TooMany(CannotMatch):
    """More parcels were chosen than one act takes."""


class NoSuchOrder(CannotMatch):
    """No order has this id."""


class NothingToUndo(CannotMatch):
    """The act was undone already, or the parcel has moved on since."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The acts that were written, and why each other parcel was left alone."""

    acts: tuple[ParcelAct, ...]
    skipped: tuple[str, ...] = ()


@outlast_deadlocks
@transaction.atomic(durable=True)
def attach_to_order(
    *, shipment_ids: Sequence[int], order_id: str, by: User, reason: str = "", now: datetime
) -> Matched:
    """Say which order parcels belong to; conversations about them join it, and all parcels of it are due for review.

    A parcel that has an order already is left alone. Raises: NoSuchOrder, TooMany.
    """
    _check_number(shipment_ids)
    order = Order.objects.filter(order_id=order_id.strip()).first()
    if order is None:
        raise NoSuchOrder(f"There is no order “{order_id.strip()}”. Check the id, or wait until the shop has sent it.")
    known = _locked(Q(pk__in=shipment_ids) | Q(order=order))
    chosen = [known[pk] for pk in dict.fromkeys(shipment_ids) if pk in known]
    free = [each for each in chosen if each.order_id is None and each.superseded_by_id is None]
    if not free:
        return Matched((), tuple(map(_why_not_attached, chosen)))
    talks = Conversation.objects.filter(shipment__in=[each.pk for each in free], order=None)
    joined = list(talks.values_list("pk", "shipment_id"))
    Conversation.objects.filter(pk__in=[pk for pk, _ in joined]).update(order=order)
    Shipment.objects.filter(pk__in=[each.pk for each in free]).update(order=order)
    Shipment.objects.filter(order=order).update(review_due_at=now)
    acts = [
        ParcelAct(
            shipment=each,
            kind=ParcelAct.Kind.ATTACHED,
            order=order,
            reason=reason,
            at=now,
            by=by,
            data={"conversations": [pk for pk, about in joined if about == each.pk]},
        )
        for each in free
    ]
    ParcelAct.objects.bulk_create(acts)
    return Matched(tuple(acts), tuple(_why_not_attached(each) for each in chosen if each not in free))


@outlast_deadlocks
@transaction.atomic(durable=True)
def correct_carrier(*, shipment_ids: Sequence[int], carrier: str, by: User, reason: str = "", now: datetime) -> Matched:
    """Say which carrier really has parcels heard of under another; each becomes one with that carrier's parcel.

    The right parcel is made where it is not known yet, and takes the order, service and promise it lacks. A parcel
    that cannot be corrected is left alone, with the reason. Raises: TooMany.
    """
    _check_number(shipment_ids)
    numbers = Shipment.objects.filter(pk__in=shipment_ids).values("tracking_number")
    known = _locked(Q(pk__in=shipment_ids) | Q(carrier=carrier, tracking_number__in=numbers))
    rights = {each.tracking_number: each for each in known.values() if each.carrier == carrier}
    pairs: dict[str, tuple[Shipment, Shipment]] = {}
    made, skipped = [], []
    for wrong in (known[pk] for pk in dict.fromkeys(shipment_ids) if pk in known):
        right = rights.get(wrong.tracking_number)
        if why := corrections.why_not(wrong, right, carrier):
            skipped.append(why)
        elif wrong.tracking_number in pairs:
            skipped.append(f"{wrong.tracking_number} was chosen under two carriers; correct them one after the other.")
        else:
            if right is None:
                made.append(right := corrections.twin_of(wrong, carrier, now))
            pairs[wrong.tracking_number] = wrong, right
    if not pairs:
        return Matched((), tuple(skipped))
    Shipment.objects.bulk_create(made)
    acts = corrections.supersede([*pairs.values()], made, now=now)
    for act in acts:
        act.by, act.reason = by, reason
    ParcelAct.objects.bulk_create(acts)
    return Matched(tuple(acts), tuple(skipped))


@outlast_deadlocks
@transaction.atomic(durable=True)
def undo(*, act_id: int, by: User, now: datetime) -> ParcelAct:
    """Take back one attachment or one correction, and return the act that says so.

    Raises: NothingToUndo where it was undone before, or the parcel has moved on since.
    """
    act = ParcelAct.objects.filter(pk=act_id, undoes=None).first()
    if act is None:
        raise NothingToUndo("There is nothing of that number to undo.")
    known = _locked(Q(pk__in=[pk for pk in (act.shipment_id, act.other_id) if pk]))
    if ParcelAct.objects.filter(undoes=act).exists():
        raise NothingToUndo("That was undone already.")
    parcel, other = known[act.shipment_id], known.get(act.other_id or 0)
    done = ParcelAct(shipment=parcel, order_id=act.order_id, carrier=act.carrier, undoes=act, at=now, by=by)
    if act.kind == ParcelAct.Kind.ATTACHED:
        _detach(act, parcel, now=now)
        done.kind = ParcelAct.Kind.DETACHED
    elif other is None or parcel.superseded_by_id != other.pk:
        raise NothingToUndo("The parcel was corrected again since; undo the later correction first.")
    else:
        corrections.restore(act, parcel, other, now=now)
        done.kind, done.other_id = ParcelAct.Kind.RESTORED, act.other_id
    done.save()
    return done


def _detach(act: ParcelAct, parcel: Shipment, *, now: datetime) -> None:
    if parcel.order_id != act.order_id:
        raise NothingToUndo("The parcel belongs to another order by now.")
    Conversation.objects.filter(pk__in=act.data["conversations"], order=act.order_id).update(order=None)
    parcel.order_id, parcel.review_due_at = None, now
    parcel.save(update_fields=["order", "review_due_at"])


def _locked(which: Q) -> dict[int, Shipment]:
    rows = Shipment.objects.select_for_update(of=("self",), no_key=True).filter(which).order_by("pk")
    return {row.pk: row for row in rows}


def _check_number(shipment_ids: Sequence[int]) -> None:
    if len(shipment_ids) > MOST:
        raise TooMany(f"{len(shipment_ids):,} parcels were chosen; take at most {MOST} at once.")


def _why_not_attached(parcel: Shipment) -> str:
    if parcel.superseded_by_id is not None:
        return f"{parcel.tracking_number} was corrected to another carrier."
    return f"{parcel.tracking_number} has an order already."
