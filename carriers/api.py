"""`POST /api/v1/events/`: our own event contract, stored raw before anything is understood."""

from __future__ import annotations

import json
from typing import Final

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from carriers.accounts import ensure_account
from carriers.api_tokens import Scope
from carriers.inbox import Received, receive
from carriers.models import InboundMessage
from carriers.request_body import BodyBroken, BodyTooLarge, read_body

_LONGEST_KEY: Final = 200
_KEY_IS: Final = "Your own name for this message; without one, its bytes identify it."
_EXAMPLE: Final = {
    "carrier": "ups",
    "tracking_number": "1Z999AA10123456784",
    "state": "out_for_delivery",
    "occurred_at": "2026-03-04T08:12:00-05:00",
    "raw_code": "OT",
    "location": "Louisville, KY, US",
}


class Stored(serializers.Serializer):
    """Where a message is kept."""

    message = serializers.IntegerField(help_text="The number of the message in the inbox.")


class Detail(serializers.Serializer):
    """Why a request was refused, and what to do."""

    detail = serializers.CharField()


class EventsView(APIView):
    """Send events in the event contract; they are read within seconds."""

    scope = Scope.EVENTS_WRITE
    parser_classes = ()

    @extend_schema(
        operation_id="send_events",
        summary="Send one event or a list of them",
        description="The body is stored as it is and read afterwards: 202 means stored, 200 that we already had it.",
        auth=[{"token": []}],
        request={"application/json": OpenApiTypes.ANY},
        examples=[OpenApiExample("One event", value=_EXAMPLE, request_only=True)],
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description=_KEY_IS)],
        responses=dict.fromkeys((200, 202), Stored) | dict.fromkeys((400, 401, 403, 409, 413), Detail),
    )
    def post(self, request: Request) -> Response:
        """Store one message and say where it is kept."""
        key = request.headers.get("Idempotency-Key", "").strip()
        if len(key) > _LONGEST_KEY:
            return _refused(400, f"The Idempotency-Key is longer than {_LONGEST_KEY} characters. Shorten it.")
        try:
            body = read_body(request._request, limit=settings.WAYPOST_MAX_WEBHOOK_BYTES)
        except BodyTooLarge as problem:
            return _refused(413, str(problem))
        except BodyBroken as problem:
            return _refused(400, str(problem))
        if why := _unreadable(body):
            return _refused(400, why)
        key = f"{request.auth.prefix}:{key}" if key else ""
        account = ensure_account(source="events", name="api")
        received = receive(account=account, body=body, key=key, now=timezone.now())
        if key and not received.is_new and not _holds(received, body):
            return _refused(409, "This Idempotency-Key was used for another body. Send this one with a key of its own.")
        return Response({"message": received.message_id}, status=202 if received.is_new else 200)


def _refused(status: int, why: str) -> Response:
    return Response({"detail": why}, status=status)


def _holds(received: Received, body: bytes) -> bool:
    kept = InboundMessage.objects.only("body").get(pk=received.message_id)
    return bytes(kept.body) == body


def _unreadable(body: bytes) -> str:
    """Return why a body cannot be kept as JSON, or nothing; what it says is looked at later."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return "The body is not JSON. Send one event as an object, or a list of them, in UTF-8."
    return "" if isinstance(document, dict | list) else "The body holds no event. Send an object or a list of them."
