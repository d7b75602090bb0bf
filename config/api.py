"""Who may use the API: programs by token and scope; signed-in people may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from carriers.api_tokens import ApiToken, TokenRefused, token_of

if TYPE_CHECKING:
    from rest_framework.views import APIView


class Program(AnonymousUser):
    """Whoever calls with a token: no person, and no permission beside the token's scopes."""

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]
        return True


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer wp_…`."""

    def authenticate(self, request: Request) -> tuple[Program, ApiToken] | None:
        """Return the program and its token, or None where no token was sent. Raises: AuthenticationFailed."""
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        try:
            return Program(), token_of(secret.strip(), now=timezone.now())
        except TokenRefused as refusal:
            raise AuthenticationFailed(str(refusal)) from refusal

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        return 'Bearer realm="Waypost"'


class ReadingPerson(SessionAuthentication):
    """People who are signed in may read; writing needs a token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """Return the person who is signed in, for reading only."""
        return super().authenticate(request) if request.method in SAFE_METHODS else None


class HasScope(BasePermission):
    """The token has the scope that the view names in `scope`; a view that names none lets nobody in."""

    message = "This token may not do that. Ask for one with the scope this address needs."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether the token, or the person, may do this."""
        scope = getattr(view, "scope", None)
        if isinstance(request.auth, ApiToken):
            return scope in request.auth.scopes
        return bool(scope and request.user and request.user.is_authenticated and request.method in SAFE_METHODS)
