"""`GET /api/v1/shipments/<carrier>/<number>/`: one parcel with its events in the contract's form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shipments.event_contract import event_contract
from shipments.facts import Direction, EventFact, Reason, State, TimeConfidence, carrier_slug, clean_tracking_number
from shipments.models import Shipment, TrackingEvent


class EventShape(serializers.Serializer):
    """One event in the contract's form."""

    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    order_id = serializers.CharField(allow_null=True)
    customer_id = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(State.choices)
    previous_state = serializers.ChoiceField(State.choices, allow_null=True)
    reason = serializers.ChoiceField(Reason.choices, allow_blank=True)
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    time_confidence = serializers.ChoiceField(TimeConfidence.choices)
    promised_at = serializers.DateTimeField(allow_null=True)
    raw_code = serializers.CharField(allow_blank=True)
    raw_description = serializers.CharField(allow_blank=True)
    location = serializers.CharField(allow_null=True)
    physical = serializers.BooleanField()
    source = serializers.CharField()


class CorrectionShape(serializers.Serializer):
    """One event whose code got another meaning after it had been read, and what it said until then."""

    occurred_at = serializers.DateTimeField()
    raw_code = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(State.choices)
    state_before = serializers.ChoiceField(State.choices)
    publication = serializers.IntegerField()
    corrected_at = serializers.DateTimeField()


class ShipmentShape(serializers.ModelSerializer):
    """A parcel and what its events add up to."""

    order_id = serializers.CharField(source="order.order_id", default=None, allow_null=True)
    customer_id = serializers.CharField(source="order.customer.customer_id", default=None, allow_null=True)
    direction = serializers.ChoiceField(Direction.choices)
    promised_at = serializers.DateTimeField(source="promise", allow_null=True)
    events = EventShape(many=True, source="told")
    corrections = CorrectionShape(many=True, source="corrected")

    class Meta:
        model = Shipment
        fields = (
            *("carrier", "tracking_number", "order_id", "customer_id", "service", "direction", "promised_at"),
            *("estimated_at", "state", "state_since", "reason", "attempts", "last_event_at", "delivered_at", "events"),
            "corrections",
        )


class ShipmentView(APIView):
    """Read one parcel."""

    scope = "shipments:read"

    @extend_schema(operation_id="read_shipment", summary="One parcel with its events", responses=ShipmentShape)
    def get(self, request: Request, carrier: str, number: str) -> Response:
        """Return the parcel with its events, oldest first; one heard under a wrong carrier is the right one's."""
        shipment = get_object_or_404(
            Shipment.objects.select_related("order__customer", "superseded_by__order__customer"),
            carrier=carrier_slug(carrier),
            tracking_number=clean_tracking_number(number),
        )
        shipment = shipment.superseded_by or shipment
        events = shipment.scans.order_by("occurred_at", "id").read_now()
        shipment.told, shipment.corrected = told(shipment, events), corrections(events)
        return Response(ShipmentShape(shipment).data)


def told(shipment: Shipment, events: Iterable[TrackingEvent]) -> list[dict[str, Any]]:
    """Return a parcel's events, given oldest first, as JSON values of the contract."""
    lines, previous = [], None
    for event in events:
        lines.append(event_contract(_fact(shipment, event), previous_state=previous))
        previous = event.state
    return lines


def corrections(events: Iterable[TrackingEvent]) -> list[dict[str, Any]]:
    """Return which of the events were read anew after a publication of the code table, in the order given."""
    return [
        {
            "occurred_at": event.occurred_at,
            "raw_code": event.raw_code,
            "state": event.state,
            "state_before": event.told_state,
            "publication": event.corrected.publication,
            "corrected_at": event.corrected.at,
        }
        for event in events
        if event.corrected
    ]


def _fact(shipment: Shipment, event: TrackingEvent) -> EventFact:
    order = shipment.order
    return EventFact(
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        order_id=order.order_id if order else "",
        customer_id=order.customer.customer_id if order and order.customer else "",
        state=State(event.state),
        identity=event.identity.hex,
        time_confidence=TimeConfidence(event.time_confidence),
        promised_at=shipment.promise,
        **{name: getattr(event, name) for name in _AS_TOLD},
    )


_AS_TOLD = (
    *("reason", "occurred_at", "received_at", "raw_code", "raw_description", "location"),
    *("physical", "source"),
)
