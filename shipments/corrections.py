"""Make a parcel one with the same number of the right carrier, and take that back; opens no transaction.

No event is moved: the parcel heard under the wrong carrier keeps its events, is superseded by the right one and folded
into it, with whatever is still to be heard under the wrong name. So undoing a correction leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Model, ProtectedError

from shipments import ledger
from shipments.marks import carrier_name
from shipments.models import Conversation, ParcelAct, Shipment

_TAKEN: Final = ("order_id", "service", "promised_at")
"""What the right parcel takes over where it does not know it itself."""


def why_not(wrong: Shipment, right: Shipment | None, carrier: str) -> str:
    """Return why a parcel cannot be corrected to this carrier, empty where it can."""
    said, name = str(wrong.tracking_number), carrier_name(carrier)
    if wrong.carrier == carrier:
        return f"{said} is with {name} already."
    if wrong.superseded_by_id is not None:
        return f"{said} was corrected before; undo that first."
    if right and right.superseded_by_id is not None:
        return f"{said} of {name} was itself corrected to another carrier; undo that instead."
    if right and wrong.order_id and right.order_id and wrong.order_id != right.order_id:
        return f"{said} is a parcel of two orders, one with each carrier; they cannot be the same parcel."
    return ""


def twin_of(wrong: Shipment, carrier: str, now: datetime) -> Shipment:
    """Return the same parcel with the right carrier, not saved, nothing heard of it yet."""
    return Shipment(
        carrier=carrier,
        tracking_number=wrong.tracking_number,
        direction=wrong.direction,
        first_seen_at=min(wrong.first_seen_at, now),
    )


def supersede(
    pairs: Sequence[tuple[Shipment, Shipment]], made: Sequence[Shipment], *, now: datetime
) -> list[ParcelAct]:
    """Make each wrong parcel one with its right one (all locked) and return the acts, not saved, without their person.

    Both are due for review: the wrong one's case has lost its ground.
    """
    wrong_ids = [wrong.pk for wrong, _ in pairs]
    talks = _grouped(Conversation.objects.filter(shipment__in=wrong_ids).values_list("shipment_id", "pk"))
    earlier = _grouped(Shipment.objects.filter(superseded_by__in=wrong_ids).values_list("superseded_by_id", "pk"))
    acts = []
    for wrong, right in pairs:
        taken = {name: getattr(wrong, name) for name in _TAKEN if getattr(wrong, name) and not getattr(right, name)}
        acts.append(
            ParcelAct(
                shipment=wrong,
                kind=ParcelAct.Kind.CORRECTED,
                other=right,
                order_id=wrong.order_id,
                carrier=right.carrier,
                at=now,
                data={
                    "made": right in made,
                    "taken": sorted(taken),
                    "conversations": talks.get(wrong.pk, []),
                    "earlier": earlier.get(wrong.pk, []),
                },
            )
        )
        for name, value in taken.items():
            setattr(right, name, value)
        wrong.order_id, wrong.superseded_by, wrong.review_due_at = None, right, now
    Shipment.objects.bulk_update([wrong for wrong, _ in pairs], ["order_id", "superseded_by", "review_due_at"])
    Shipment.objects.bulk_update([right for _, right in pairs], [*_TAKEN])
    _point(Conversation, "shipment_id", [(pk, act.other_id) for act in acts for pk in act.data["conversations"]])
    _point(Shipment, "superseded_by_id", [(pk, act.other_id) for act in acts for pk in act.data["earlier"]])
    ledger.refold(sorted({right.pk for _, right in pairs}), now=now)
    return acts


def restore(act: ParcelAct, wrong: Shipment, right: Shipment, *, now: datetime) -> None:
    """Take one correction back: each parcel has its own events again, and what the right one took over returns.

    A right parcel that was made for the correction goes again, unless something was heard or done about it since.
    """
    for name in act.data["taken"]:
        setattr(right, name, "" if name == "service" else None)
    right.save(update_fields=[*_TAKEN])
    wrong.superseded_by, wrong.order_id = None, act.order_id
    wrong.save(update_fields=["superseded_by", "order"])
    _point(Conversation, "shipment_id", [(pk, wrong.pk) for pk in act.data["conversations"]])
    _point(Shipment, "superseded_by_id", [(pk, wrong.pk) for pk in act.data["earlier"]])
    ledger.refold(sorted([wrong.pk, right.pk]), now=now)
    if act.data["made"]:
        try:
            right.delete()
        except ProtectedError:
            return  # heard of under its own name, or somebody's case, by now


def _point(model: type[Model], column: str, rows: Iterable[tuple[int, int | None]]) -> None:
    """Point rows to where they belong, in one statement."""
    changed = []
    for pk, target in rows:
        row = model(pk=pk)
        setattr(row, column, target)
        changed.append(row)
    if changed:
        model._default_manager.bulk_update(changed, [column.removesuffix("_id")])


def _grouped(rows: Iterable[tuple[Any, int]]) -> dict[int, list[int]]:
    grouped: dict[int, list[int]] = {}
    for key, pk in rows:
        grouped.setdefault(key, []).append(pk)
    return grouped
