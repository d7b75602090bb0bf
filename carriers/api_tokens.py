"""Tokens other programs use the API with: kept as a hash, with scopes, an end, and the time they were last used."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import F, Q

SIGN: Final = "wp_"
_PREFIX: Final = len(SIGN) + 8
_USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


class Scope(models.TextChoices):
    """What a token may be used for."""

    EVENTS_WRITE = "events:write", "Send events"
    SHIPMENTS_READ = "shipments:read", "Read shipments and their events"
    CASES_READ = "cases:read", "Read cases"


class ApiToken(models.Model):
    """One token; the secret itself is shown once and never stored. `prefix` is how people recognise it."""

    name = models.TextField()
    prefix = models.TextField()
    sha256 = models.TextField(unique=True, editable=False)
    scopes = ArrayField(models.TextField(choices=Scope.choices))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "carriers"
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="token_has_a_scope"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(revoked_at__isnull=True), name="token_one_live_per_name"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class TokenRefused(Exception):
    """The token opens nothing; the message says why and what to do."""


class NameTaken(Exception):
    """Another token that is not revoked has this name."""


@transaction.atomic(durable=True)
def create_token(
    *, name: str, scopes: Sequence[Scope], lasts: timedelta, now: datetime, by: models.Model | None = None
) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which cannot be shown again. Raises: NameTaken."""
    if ApiToken.objects.select_for_update().filter(name=name, revoked_at=None).exists():
        raise NameTaken(f"A token called {name} exists. Revoke it first, or choose another name.")
    secret = f"{SIGN}{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        name=name,
        prefix=secret[:_PREFIX],
        sha256=_hash(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        created_by=by,
        expires_at=now + lasts,
    )
    return token, secret


@transaction.atomic(durable=True)
def revoke_token(*, name: str, now: datetime) -> bool:
    """End a token at once; return whether there was one to end."""
    return bool(ApiToken.objects.filter(name=name, revoked_at=None).update(revoked_at=now))


def token_of(secret: str, *, now: datetime) -> ApiToken:
    """Return the token a secret opens, noting once a minute that it is used. Raises: TokenRefused."""
    token = ApiToken.objects.filter(sha256=_hash(secret)).first()
    if token is None:
        raise TokenRefused("This token is not known here. Check that it was copied whole.")
    if token.revoked_at is not None:
        raise TokenRefused("This token was revoked. Ask for a new one.")
    if token.expires_at <= now:
        raise TokenRefused(f"This token ended on {token.expires_at:%Y-%m-%d}. Ask for a new one.")
    if token.last_used_at is None or now - token.last_used_at >= _USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
