"""The console's words, marks and icons in templates; each filter names one function of the pure modules."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from django import template
from django.contrib.auth.models import AnonymousUser, User
from django.forms import BoundField, CheckboxInput, RadioSelect
from django.template import RequestContext
from django.utils.safestring import SafeString, mark_safe

from exceptions_queue import marks
from exceptions_queue.frame import frame_of
from exceptions_queue.icons import drawing
from exceptions_queue.models import Case, Incident
from exceptions_queue.policies import policy_of, zone_of_parcel
from exceptions_queue.policy.document import Policy
from exceptions_queue.story import Wait, owed, waiting
from exceptions_queue.viewpoint import is_held
from shipments import spoken
from shipments.marks import SHIPMENT, Mark
from shipments.marks import carrier_name as name_of_carrier
from shipments.models import Order, Shipment
from shipments.promises import promise_clock
from shipments.services import service_name as name_of_service
from shipments.story import after_colon as in_midsentence

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one of our icons; the word beside it carries the meaning."""
    return mark_safe(drawing(name))


@register.simple_tag
def once() -> str:
    """Return a new name for a form, so that what was sent twice from it is done once."""
    return str(uuid4())


@register.filter
def ago(at: datetime, now: datetime) -> str:
    return spoken.ago(at, now)


@register.filter
def age(at: datetime, now: datetime) -> str:
    return spoken.duration(now - at)


@register.filter
def clock(due_at: datetime, now: datetime) -> spoken.Clock:
    return spoken.clock(due_at, now)


@register.filter
def kept(case: Case, now: datetime) -> spoken.Clock | None:
    """Say how a case's parcel stands to its promise; a delivered one is late or on time for good."""
    return _kept(case.shipment, policy_of(case.policy_id), case.promise, now)


@register.simple_tag(takes_context=True)
def promise_of(context: RequestContext, parcel: Shipment, now: datetime) -> spoken.Clock | None:
    """Say how a parcel stands to its promise, by the policy in force, which is asked for once a page."""
    if parcel.promise is None:
        return None
    return _kept(parcel, frame_of(context.request).policy, parcel.promise, now)


def _kept(parcel: Shipment, policy: Policy, promised_at: datetime | None, now: datetime) -> spoken.Clock | None:
    zone = zone_of_parcel(parcel, policy)
    known = {"promised_at": promised_at, "state": parcel.state, "delivered_at": parcel.delivered_at}
    return promise_clock(**known, now=now, zone=zone)


@register.filter
def exactly(at: datetime) -> str:
    return spoken.exactly(at)


@register.filter
def utc_time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M}"


@register.filter
def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else spoken.money(amount, currency)


@register.filter
def worth(order: Order | None) -> str:
    """Return what an order is worth, or nothing where there is no order or no value."""
    return "" if order is None or order.value is None else spoken.money(order.value, order.currency)


@register.filter
def severity_mark(severity: int) -> Mark:
    return marks.SEVERITY[severity]  # type: ignore[index]


@register.filter
def case_mark(state: str) -> Mark:
    return marks.CASE[state]  # type: ignore[index]


@register.filter
def incident_mark(incident: Incident) -> Mark:
    return marks.incident(incident.closed_at is not None)


@register.filter
def state_mark(state: str) -> Mark:
    return SHIPMENT[state]  # type: ignore[index]


@register.filter
def policy_mark(state: str) -> Mark:
    return marks.POLICY[state]


@register.filter
def answer_mark(answer: str) -> Mark:
    return marks.ANSWER[answer]


@register.filter
def review_mark(state: str) -> Mark:
    return marks.REVIEW[state]


@register.filter
def backtest_mark(state: str) -> Mark:
    return marks.BACKTEST[state]


@register.filter
def message_tone(level_tag: str) -> Mark:
    return marks.MESSAGE[level_tag]


@register.filter
def carrier_name(slug: str) -> str:
    return name_of_carrier(slug)


@register.filter
def holder(case: Case, now: datetime) -> User | None:
    """Return who holds the case now; a lease that is over holds nothing."""
    return case.claimed_by if is_held(case, now) else None


@register.filter
def wait_of(case: Case) -> Wait | None:
    """Return what the case waits for, of a case fetched with its row facts."""
    return waiting(case.waits)


@register.filter
def owed_of(case: Case) -> str:
    """Say a case's next action, of a case fetched with its row facts."""
    return owed(case.next_action, case.proposes)


@register.filter
def service_name(service: str, carrier: str) -> str:
    return name_of_service(service, carrier)


@register.filter
def after_colon(words: str) -> str:
    return in_midsentence(words)


@register.filter
def is_special(tier: str) -> bool:
    return marks.is_special(tier)


@register.filter
def person(user: User | AnonymousUser) -> str:
    """Return what to call a person: the name, else the user name."""
    return user.get_full_name() or user.get_username()  # type: ignore[union-attr]


@register.filter
def initials(user: User) -> str:
    """Return the two letters that stand for a person in a row."""
    first, last = user.first_name[:1], user.last_name[:1]
    return (first + last or user.get_username()[:2]).upper()


@register.filter
def is_check(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_radio(field: BoundField) -> bool:
    return isinstance(field.field.widget, RadioSelect)


@register.filter
def dressed(field: BoundField) -> SafeString:
    """Return the field's widget; Django adds the error and help references a screen reader needs."""
    return field.as_widget()
