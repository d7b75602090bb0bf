"""What the API's schema says about tokens."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer wp_…`."""

    target_class = "config.api.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe the token."""
        return {"type": "http", "scheme": "bearer", "description": "Made by `manage.py api_token create`."}


class SignedIn(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session of a person who is signed in; it may only read."""

    target_class = "config.api.ReadingPerson"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe the cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
