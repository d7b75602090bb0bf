"""`GET /api/v1/cases/`: the cases, newest first, for programs that follow them."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, pagination, serializers

from exceptions_queue.models import Case
from exceptions_queue.policy.situation import FindingKind, NextAction, Severity, Team
from exceptions_queue.transitions import CaseState


class CaseShape(serializers.ModelSerializer):
    """One case: what is wrong, whose turn it is, and by when."""

    carrier = serializers.CharField(source="shipment.carrier")
    tracking_number = serializers.CharField(source="shipment.tracking_number")
    order_id = serializers.CharField(source="shipment.order.order_id", default=None, allow_null=True)
    headline = serializers.ChoiceField(FindingKind.choices)
    severity = serializers.ChoiceField([(value.name.lower(), value.label) for value in Severity], source="urgency")
    next_action = serializers.ChoiceField(NextAction.choices)

    class Meta:
        model = Case
        fields = (
            *("id", "carrier", "tracking_number", "order_id", "state", "headline", "summary", "severity", "score"),
            *("owner_team", "next_action", "due_at", "opened_at", "changed_at", "closed_at", "outcome"),
        )

    def to_representation(self, instance: Case) -> dict[str, object]:
        """Return the case with its severity as a word."""
        instance.urgency = Severity(instance.severity).name.lower()
        return super().to_representation(instance)


class CaseFilter(django_filters.FilterSet):
    """Narrow the cases; `changed_after` is how a program asks for what is new."""

    state = django_filters.MultipleChoiceFilter(choices=CaseState.choices)
    owner_team = django_filters.ChoiceFilter(choices=Team.choices)
    carrier = django_filters.CharFilter(field_name="shipment__carrier")
    order_id = django_filters.CharFilter(field_name="shipment__order__order_id")
    changed_after = django_filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="gt")

    class Meta:
        model = Case
        fields: tuple[str, ...] = ()


class Pages(pagination.CursorPagination):
    """A hundred at a time, found again at any depth."""

    ordering = ("-opened_at", "-id")
    page_size = 100


@extend_schema_view(get=extend_schema(operation_id="list_cases", summary="Cases, newest first"))
class CasesView(generics.ListAPIView[Case]):
    """List cases."""

    scope = "cases:read"
    serializer_class = CaseShape
    filterset_class = CaseFilter
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Case]:
        """Return every case with its parcel and order."""
        return Case.objects.select_related("shipment__order")
