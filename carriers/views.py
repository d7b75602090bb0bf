"""The door for carriers' messages: check who calls, store the bytes, answer; reading comes later."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from carriers.accounts import open_secrets
from carriers.inbox import quarantine, receive
from carriers.models import Account, Problem
from carriers.request_body import BodyBroken, BodyTooLarge, read_body
from carriers.sources import SOURCES
from carriers.sources.reading import NotAuthentic
from carriers.sources.signatures import TOKEN

_OPENINGS: Final = (b"{", b"[", b"<")
"""What JSON objects, JSON lists and XML begin with; more than this is not looked at before the answer."""


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, source: str, account: str) -> JsonResponse:
    """Store one message of an account. 202 stored, 200 already had it, 400, 401, 404, 413 with the reason."""
    found = Account.objects.filter(source=source, name=account, is_active=True).first()
    if found is None or source not in SOURCES:
        return _answer(404, f"There is no account {source}/{account} here.")
    try:
        body = read_body(request, limit=settings.WAYPOST_MAX_WEBHOOK_BYTES)
    except BodyTooLarge as problem:
        return _answer(413, str(problem))
    except BodyBroken as problem:
        return _answer(400, str(problem))
    return _take(request, found, body)


def _take(request: HttpRequest, account: Account, body: bytes) -> JsonResponse:
    now = timezone.now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers |= {TOKEN: token} if (token := request.GET.get("token", "")) else {}
    adapter = SOURCES[account.source]
    try:
        adapter.verify(headers, body, open_secrets(account), now)
    except NotAuthentic as problem:
        quarantine(account=account, body=body, why=str(problem), problem=Problem.NOT_AUTHENTIC, now=now)
        return _answer(401, str(problem))
    if body.lstrip()[:1] not in _OPENINGS:
        why = "The body is neither JSON nor XML. It is kept and shown to operations."
        quarantine(account=account, body=body, why=why, problem=Problem.UNREADABLE, now=now)
        return _answer(400, why)
    received = receive(account=account, body=body, key=adapter.message_key(headers, body), now=now)
    return JsonResponse({"message": received.message_id}, status=202 if received.is_new else 200)


def _answer(status: int, detail: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)
