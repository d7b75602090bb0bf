"""My day: what I hold, what waits for my teams, what is due; and one button that takes the next case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from exceptions_queue import access
from exceptions_queue.frame import frame_of
from exceptions_queue.lists import APPROVERS, LISTS, MINE, MY_TEAM, TO_APPROVE
from exceptions_queue.models import FollowUp
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import Role

_DUE_WITHIN: Final = timedelta(hours=4)
_CHASERS: Final = frozenset({Role.FULFILLMENT, Role.MANAGER, Role.OPERATIONS})
_OVERSEERS: Final = frozenset({Role.MANAGER, Role.OPERATIONS})


@require_safe
def my_day(request: HttpRequest) -> HttpResponse:
    """Show the person's day."""
    frame = frame_of(request)
    viewer, tallies = frame.viewer, frame.tallies
    cases = access.visible_cases(request.user)
    soon = viewer.now + _DUE_WITHIN
    context = {
        "now": viewer.now,
        "mine": cases.in_list(MINE, viewer).for_my_day(),
        "approve": cases.in_list(TO_APPROVE, viewer).for_my_day() if viewer.roles & APPROVERS else None,
        "due_soon": cases.in_list(MY_TEAM, viewer).unclaimed(viewer.now).filter(due_at__lt=soon).for_my_day(),
        "waits": tallies["my-team"],
        "lists": [(LISTS[team], tallies[team]) for team in Team if team in viewer.teams or viewer.roles & _OVERSEERS],
        "others": [(LISTS[slug], tallies[slug]) for slug in ("overdue", "waiting", "recovered")],
        "oversees": bool(viewer.roles & _OVERSEERS),
        "follow_ups": _follow_ups(viewer.now) if viewer.roles & _CHASERS else None,
        "day": cases.day_facts(viewer.now) if viewer.roles & _OVERSEERS else None,
    }
    return render(request, "exceptions_queue/my_day.html", context)


def _follow_ups(now: datetime) -> list[FollowUp]:
    """Return the carrier answers due by tomorrow, earliest first."""
    due = FollowUp.objects.filter(closed_at__isnull=True, promised_reply_at__lt=now + timedelta(days=1))
    return list(due.select_related("case__shipment", "assigned_to").order_by("promised_reply_at", "id")[:8])
