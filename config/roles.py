"""The names of the groups a person is in: the one place that asks, and the guard of pages that belong to a role."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]


def role_names(user: User | AnonymousUser) -> frozenset[str]:
    """Return the names of a person's groups, asked once for each user object; none for a stranger."""
    if not user.is_active or not user.is_authenticated:
        return frozenset()
    known: frozenset[str] | None = getattr(user, "_waypost_roles", None)
    if known is None:
        known = frozenset(group.name for group in user.groups.all())
        user._waypost_roles = known  # type: ignore[union-attr]
    return known


def holds_role(user: User | AnonymousUser, *names: str) -> bool:
    """Say whether a person holds one of the roles; a superuser holds all."""
    return bool(user.is_active and user.is_superuser) or not role_names(user).isdisjoint(names)


def requires_role(*names: str) -> Callable[[View[P]], View[P]]:
    """Let only holders of one of the roles in. Raises: PermissionDenied, a page that says whose work it is."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not holds_role(request.user, *names):
                raise PermissionDenied(f"This is the work of {' and '.join(names)}. Ask an administrator for the role.")
            return view(request, *args, **kwargs)

        return guarded

    return guard
