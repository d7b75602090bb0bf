"""What every page shows around itself: the rail with its counts, from one query, and none where nothing is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from exceptions_queue import access
from exceptions_queue.lists import CaseList, Tally, Viewer, lists_for, tallies
from exceptions_queue.policies import published_policy
from exceptions_queue.policy.document import Policy
from exceptions_queue.transitions import Role

_EVERYBODY: Final = frozenset(Role)
_INBOX: Final = "/inbox/"


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the rail; `count` is None where nothing is counted.

    `counts_failed` asks the template for the number of failed messages, which `carriers` knows.
    """

    label: str
    url: str
    icon: str = ""
    current: bool = False
    count: int | None = None
    oldest: datetime | None = None
    children: tuple[Link, ...] = ()
    counts_failed: bool = False


_PAGES: Final = (
    ("My day", "/", "day", _EVERYBODY),
    ("Queue", "/queue/", "queue", _EVERYBODY),
    ("Shipments", "/shipments/", "parcel", _EVERYBODY),
    ("Follow-ups", "/follow-ups/", "follow", _EVERYBODY - {Role.FINANCE}),
    ("Incidents", "/incidents/", "incident", frozenset({Role.OPERATIONS, Role.FULFILLMENT, Role.MANAGER})),
    ("Inbox", _INBOX, "inbox", frozenset({Role.OPERATIONS, Role.MANAGER})),
    ("Policy", "/policy/", "policy", frozenset({Role.MANAGER, Role.OPERATIONS})),
    ("Reviews", "/reviews/", "review", frozenset({Role.MANAGER, Role.OPERATIONS})),
    ("Scorecard", "/scorecard/", "score", frozenset({Role.MANAGER, Role.OPERATIONS, Role.FINANCE})),
)
"""The pages in the order of the rail, and whose work they are part of."""


class Frame:
    """The rail of one request; everything is asked only when the template prints it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def viewer(self) -> Viewer:
        user = self._request.user
        return Viewer(user.pk or 0, access.roles_of(user), access.teams_of(user), self.now)

    @cached_property
    def roles(self) -> list[Role]:
        return [role for role in Role if role in self.viewer.roles]

    @cached_property
    def policy(self) -> Policy:
        """Return the policy in force; one query."""
        return published_policy()

    @cached_property
    def search(self) -> str:
        """Return what was searched for, so that the box keeps it."""
        return self._request.GET.get("q", "") if self._request.path.startswith("/shipments/") else ""

    @cached_property
    def tallies(self) -> dict[str, Tally]:
        """Return the count and oldest age of every list, from one query."""
        cases = access.visible_cases(self._request.user)
        return tallies(cases.tallied(self.viewer), self.viewer)

    @cached_property
    def elsewhere(self) -> str:
        """Say what an empty list leaves to know: where the open cases are."""
        waiting, total = self.tallies["waiting"].count, self.tallies["open"].count
        if not total:
            return "Nothing is open anywhere: every parcel moves as it should."
        rest = f"{waiting} of them {'waits' if waiting == 1 else 'wait'} for somebody outside." if waiting else ""
        return f"{total} {'case is' if total == 1 else 'cases are'} open in all teams. {rest}".strip()

    @cached_property
    def nav(self) -> list[Link]:
        shown = [page for page in _PAGES if page[3] & self.viewer.roles]
        return [self._queue() if url == "/queue/" else self._page(label, url, icon) for label, url, icon, _ in shown]

    def _page(self, label: str, url: str, icon: str) -> Link:
        return Link(label, url, icon, self._is_current(url), counts_failed=url == _INBOX)

    def _queue(self) -> Link:
        lists = tuple(self._list(case_list) for case_list in lists_for(self.viewer))
        return replace(self._page("Queue", "/queue/", "queue"), count=self.tallies["open"].count, children=lists)

    def _is_current(self, url: str) -> bool:
        path = self._request.path
        return path == url if url in {"/", "/queue/"} else path.startswith(url)

    def _list(self, case_list: CaseList) -> Link:
        url, tally = reverse("queue:list", args=[case_list.slug]), self.tallies.get(case_list.slug)
        counted = {"count": tally.count, "oldest": tally.oldest} if tally else {}
        return Link(case_list.label, url, "", self._is_current(url), **counted)


def frame_of(request: HttpRequest) -> Frame:
    """Return the request's one frame, so that a view and its templates count once and by the same clock."""
    found: Frame | None = getattr(request, "_frame", None)
    if found is None:
        found = request._frame = Frame(request)  # type: ignore[attr-defined]
    return found


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template its frame."""
    return {"frame": frame_of(request)}
