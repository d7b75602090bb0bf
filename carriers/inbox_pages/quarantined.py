"""What came without a valid signature: counted by account, visible, never read; a person may say it is understood."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from carriers.inbox import CannotDismiss, dismiss, undo_dismissal
from carriers.inbox_pages.filters import QuarantinedFilter
from carriers.inbox_pages.listing import ACTS, answer, listed
from carriers.inbox_pages.messages import NEWEST, RECEIVED
from carriers.models import Account, Dismissal, InboundMessage, MessageState
from config.roles import requires_role
from shipments.keyset import ID, Sort

_SORTS: Final = {"newest": NEWEST, "oldest": Sort("oldest", "Oldest first", (RECEIVED, ID))}


@require_safe
def quarantined(request: HttpRequest) -> HttpResponse:
    """List unauthentic messages, and say for each account how many nobody has understood yet."""
    rows = InboundMessage.objects.filter(state=MessageState.QUARANTINED).select_related("account").defer("body")
    context = listed(request, QuarantinedFilter(request.GET, rows), _SORTS, thing="quarantined message")
    context["accounts"] = _accounts()
    return answer(request, "quarantined", context)


@require_POST
@requires_role(ACTS)
def dismiss_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Note that an account's signature problem is understood."""
    try:
        done = dismiss(
            account_id=account_id, reason=request.POST.get("reason", "")[:500], by=request.user, now=timezone.now()
        )
    except CannotDismiss as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Noted for {done.account}. Its next message that is not authentic counts again.")
    return redirect("carriers:quarantined")


@require_POST
@requires_role(ACTS)
def undo_dismissed(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an account's messages count again."""
    try:
        undo_dismissal(dismissal_id=pk, by=request.user, now=timezone.now())
    except CannotDismiss as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, "They count again.")
    return redirect("carriers:quarantined")


def _accounts() -> list[Account]:
    """Return the accounts with quarantined messages, those nobody has understood first.

    Each has `total`, `unexplained`, `first_at`, `last_at`, `why` (the latest sentence) and `understood` (the dismissal
    in force, or None). Two queries.
    """
    in_force = Dismissal.objects.filter(account=OuterRef("pk"), undone_at=None).order_by("-at", "-pk")
    newest = InboundMessage.objects.filter(account=OuterRef("pk"), state=MessageState.QUARANTINED)
    later = Q(understood_at=None) | Q(messages__received_at__gt=F("understood_at"))
    accounts = list(
        Account.objects.filter(messages__state=MessageState.QUARANTINED)
        .annotate(
            understood_at=Subquery(in_force.values("at")[:1]),
            dismissal=Subquery(in_force.values("pk")[:1]),
            why=Subquery(newest.order_by("-received_at").values("problem_detail")[:1]),
        )
        .annotate(
            total=Count("messages"),
            unexplained=Count("messages", filter=later),
            first_at=Min("messages__received_at"),
            last_at=Max("messages__received_at"),
        )
        .order_by("-unexplained", "source", "name")
    )
    noted = Dismissal.objects.select_related("by").in_bulk([each.dismissal for each in accounts if each.dismissal])
    for each in accounts:
        each.understood = noted.get(each.dismissal)
    return accounts
