"""Parcels no order claims: the list, one of them, and what operations does about them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from carriers.inbox import replay
from carriers.inbox_pages.forms import AttachForm, CorrectForm
from carriers.inbox_pages.listing import ACTS, answer, listed, whole_numbers
from carriers.inbox_pages.parcels import (
    acts_lately,
    messages_of,
    order_called,
    orders_like,
    parcel_with_twins,
    put_told,
    put_twins,
    said_acts,
)
from carriers.inbox_pages.unmatched_filters import SORTS, UnmatchedFilter
from carriers.inbox_pages.unmatched_filters import unmatched as no_order_claims
from carriers.models import ReplayRun
from config.roles import holds_role, requires_role
from shipments import matching
from shipments.keyset import ID, Key, Sort, instant, page_of
from shipments.marks import carrier_name
from shipments.models import ParcelAct
from shipments.spoken import duration

_ACTS = Sort("newest", "Newest first", (Key(F("at"), instant), ID), descending=True)
_NOTHING_CHOSEN = "Nothing was done. Tick the parcels first."


@require_safe
def unmatched(request: HttpRequest) -> HttpResponse:
    """List the parcels no order claims, oldest first, and what was done with such parcels lately."""
    narrowed = UnmatchedFilter(request.GET, no_order_claims())
    narrowed.offer(carrier_name)
    context = listed(request, narrowed, SORTS, thing="parcel")
    put_told(context["page"].rows)
    put_twins(context["page"].rows)
    for each in context["page"].rows:
        each.waits = duration(context["now"] - each.first_seen_at)
    context |= {
        "acts": acts_lately(),
        "correct": CorrectForm(prefix="bulk"),
        "back": request.get_full_path(),
    }
    return answer(request, "unmatched", context)


@require_safe
def parcel(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one parcel no order claims, with orders it may belong to and the same number elsewhere."""
    return _show(request, pk)


@require_POST
@requires_role(ACTS)
def attach(request: HttpRequest) -> HttpResponse:
    """Attach the chosen parcels to one order."""
    chosen, form = whole_numbers(request.POST.getlist("parcel")), AttachForm(request.POST)
    if not chosen or not form.is_valid():
        messages.error(request, "Nothing was attached. Name the order." if chosen else _NOTHING_CHOSEN)
        return redirect(_back(request))
    try:
        done = matching.attach_to_order(shipment_ids=chosen, by=request.user, now=timezone.now(), **form.cleaned_data)
    except matching.CannotMatch as refused:
        messages.error(request, str(refused))
        return redirect(_back(request))
    _say(request, done, f"attached to order {form.cleaned_data['order_id']}")
    return redirect(_back(request))


@require_POST
@requires_role(ACTS)
def correct(request: HttpRequest) -> HttpResponse:
    """Correct the carrier of the chosen parcels."""
    chosen = whole_numbers(request.POST.getlist("parcel"))
    form = CorrectForm(request.POST, prefix="bulk" if "bulk-carrier" in request.POST else None)
    if not chosen or not form.is_valid():
        messages.error(request, "Nothing was corrected. Choose the right carrier." if chosen else _NOTHING_CHOSEN)
        return redirect(_back(request))
    try:
        done = matching.correct_carrier(shipment_ids=chosen, by=request.user, now=timezone.now(), **form.cleaned_data)
    except matching.CannotMatch as refused:
        messages.error(request, str(refused))
        return redirect(_back(request))
    _say(request, done, f"corrected to {carrier_name(form.cleaned_data['carrier'])}")
    return redirect(_back(request))


@require_POST
@requires_role(ACTS)
def read_again(request: HttpRequest) -> HttpResponse:
    """Send the stored messages of the chosen parcels through the inbox again."""
    chosen = whole_numbers(request.POST.getlist("parcel"))[: matching.MOST]
    done = replay(
        message_ids=messages_of(chosen), by=request.user, how=ReplayRun.How.PARCEL, also_read=True, now=timezone.now()
    )
    if done.run_id is None:
        messages.warning(request, "There is no stored message of these parcels to read again.")
        return redirect(_back(request))
    return redirect("carriers:run", done.run_id)


@require_POST
@requires_role(ACTS)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one act back."""
    try:
        done = matching.undo(act_id=pk, by=request.user, now=timezone.now())
    except matching.CannotMatch as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, f"{done.shipment.tracking_number} is as it was before.")
    return redirect(_back(request))


@require_safe
def acts(request: HttpRequest) -> HttpResponse:
    """List everything people did with such parcels, newest first."""
    rows = ParcelAct.objects.filter(undoes=None).select_related("shipment", "order", "by", "undone_by_act")
    page = page_of(rows, _ACTS, request.GET)
    said_acts(page.rows)
    context = {"page": page, "may_act": holds_role(request.user, ACTS), "now": timezone.now()}
    return render(request, "carriers/acts.html", context)


def _show(request: HttpRequest, pk: int) -> HttpResponse:
    found = parcel_with_twins(pk)
    put_told([found])
    text = request.GET.get("order", "").strip()
    done = ParcelAct.objects.filter(shipment=found, undoes=None)
    done = done.select_related("shipment", "order", "by", "undone_by_act").order_by("-at", "-pk")
    context = {
        "parcel": found,
        "is_waiting": found.order_id is None and found.superseded_by_id is None,
        "text": text,
        "orders": orders_like(text) if text else order_called(found.stated_order),
        "correct": CorrectForm(initial={"carrier": found.twins[0].carrier if len(found.twins) == 1 else ""}),
        "acts": said_acts(list(done[:20])),
        "may_act": holds_role(request.user, ACTS),
        "now": timezone.now(),
    }
    return render(request, "carriers/parcel.html", context)


def _say(request: HttpRequest, done: matching.Matched, what: str) -> None:
    """Say what was done and what was left alone, and where it is taken back."""
    numbers = [act.shipment.tracking_number for act in done.acts]
    if numbers:
        named = numbers[0] if len(numbers) == 1 else f"{len(numbers):,} parcels"
        messages.success(request, f"{named} {what}. It can be undone under “Done lately”.")
    if done.skipped:
        more = f" And {len(done.skipped) - 3} more." if len(done.skipped) > 3 else ""
        messages.warning(request, f"Left alone: {' '.join(done.skipped[:3])}{more}")


def _back(request: HttpRequest) -> str:
    address = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/")
    return address if ours else "/inbox/unmatched/"
