"""Open a real case for a parcel that is only observed because it is outside the scope."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from exceptions_queue.access import roles_of
from exceptions_queue.actions import NoRole, Refused
from exceptions_queue.models import Case, CaseEvent, Observation, PolicyEvent
from exceptions_queue.transitions import Role
from exceptions_queue.triage.judge import in_force, judge_due
from exceptions_queue.triage.observe import watch_over
from exceptions_queue.triage.situations import gather
from exceptions_queue.triage.write import write
from shipments.setwise import outlast_deadlocks, run

PROMOTERS: Final = frozenset({Role.OPERATIONS, Role.MANAGER})


class ObservationGone(Refused):
    """What was observed does not hold any more."""


@outlast_deadlocks
@transaction.atomic(durable=True)
def open_observed_case(*, observation_id: int, by: User, now: datetime) -> Case:
    """Judge an observed parcel now and open its case although it is outside the scope.

    Raises: NoRole, ObservationGone.
    """
    if roles_of(by).isdisjoint(PROMOTERS):
        raise NoRole("Observed cases are opened by the operations owner or a manager.")
    found = Observation.objects.open().outside().filter(pk=observation_id).first()
    if found is None:
        raise ObservationGone("This is not observed any more: it healed, or its case was opened.")
    run("SELECT id FROM shipments_shipment WHERE id = %b FOR NO KEY UPDATE", [found.shipment_id])
    due = gather([found.shipment_id])[0]
    live, _, risk = in_force()
    judged = watch_over([due], live, None, now=now).open_anyway(
        due, lambda each, policy: judge_due(each, policy, risk, now=now)
    )
    if judged.change is None or judged.change.case_id is not None:
        raise ObservationGone("Nothing is wrong with this parcel any more, or it has a case already.")
    write([judged], policy_id=live.id, now=now)
    Observation.objects.open().filter(pk=found.pk).update(cleared_at=max(now, found.first_at))
    case = Case.objects.active().get(shipment=found.shipment_id)
    note = "Opened by hand although the parcel is outside the policy's scope."
    CaseEvent.objects.create(case=case, at=now, kind=CaseEvent.Kind.NOTE, by=by, data={"text": note})
    PolicyEvent.objects.create(
        version_id=live.id,
        at=now,
        kind=PolicyEvent.Kind.OPENED,
        by=by,
        data={"case": case.pk, "shipment": found.shipment_id},
    )
    return case
