"""The admin, for looking only: cases are worked in the queue, and ledgers are never touched."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from exceptions_queue.access import roles_of
from exceptions_queue.models import (
    Approval,
    Backtest,
    BacktestFinding,
    BacktestParcel,
    CarrierClaim,
    Case,
    CaseEvent,
    Decision,
    Finding,
    FollowUp,
    Incident,
    IncidentAct,
    IncidentMember,
    IncidentStep,
    Leg,
    Message,
    Observation,
    PolicyEvent,
    PolicyVersion,
    Review,
    ReviewCase,
    ReviewUse,
    RiskTable,
    Trial,
)
from exceptions_queue.transitions import Role

_LOOKERS = frozenset({Role.OPERATIONS, Role.MANAGER})


class LookingAdmin(admin.ModelAdmin):
    """Shows rows to operations and managers who may enter the admin; adds, changes and deletes nothing."""

    show_full_result_count = False
    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(roles_of(request.user) & _LOOKERS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(LookingAdmin):
    list_display = (
        "id",
        "shipment",
        "state",
        "headline",
        "severity",
        "owner_team",
        "due_at",
        "claimed_by",
        "opened_at",
    )
    list_filter = ("state", "headline", "owner_team", "severity", "outcome")
    list_select_related = ("shipment", "claimed_by")
    search_fields = ("shipment__tracking_number", "shipment__order__order_id")
    date_hierarchy = "opened_at"
    ordering = ("-id",)


@admin.register(Finding)
class FindingAdmin(LookingAdmin):
    list_display = ("id", "case", "kind", "severity", "team", "sentence", "opened_at", "cleared_at")
    list_filter = ("kind", "severity", "team")
    list_select_related = ("case",)
    search_fields = ("case__shipment__tracking_number",)
    date_hierarchy = "opened_at"
    ordering = ("-id",)


@admin.register(Leg)
class LegAdmin(LookingAdmin):
    list_display = ("id", "case", "team", "waiting_on", "next_action", "started_at", "due_at", "ended_at")
    list_filter = ("team", "waiting_on")
    list_select_related = ("case",)
    search_fields = ("case__shipment__tracking_number",)
    date_hierarchy = "started_at"
    ordering = ("-id",)


@admin.register(CaseEvent)
class CaseEventAdmin(LookingAdmin):
    list_display = ("id", "case", "at", "kind", "by")
    list_filter = ("kind",)
    list_select_related = ("case", "by")
    search_fields = ("case__shipment__tracking_number", "by__username")
    date_hierarchy = "at"
    ordering = ("-id",)


@admin.register(Decision)
class DecisionAdmin(LookingAdmin):
    list_display = ("id", "case", "kind", "proposal", "amount", "currency", "at", "by")
    list_filter = ("kind", "proposal")
    list_select_related = ("case", "by")
    search_fields = ("case__shipment__tracking_number", "case__shipment__order__order_id", "by__username")
    date_hierarchy = "at"
    ordering = ("-id",)


@admin.register(Approval)
class ApprovalAdmin(LookingAdmin):
    list_display = ("id", "case", "state", "cost", "currency", "asked_by", "asked_at", "answered_by", "answered_at")
    list_filter = ("state",)
    list_select_related = ("case", "asked_by", "answered_by")
    search_fields = ("case__shipment__tracking_number", "case__shipment__order__order_id", "asked_by__username")
    date_hierarchy = "asked_at"
    ordering = ("-id",)


@admin.register(FollowUp)
class FollowUpAdmin(LookingAdmin):
    list_display = ("id", "case", "carrier", "kind", "reference", "assigned_to", "promised_reply_at", "closed_at")
    list_filter = ("carrier", "kind", "channel", "outcome")
    list_select_related = ("case", "assigned_to")
    search_fields = ("reference", "case__shipment__tracking_number")
    date_hierarchy = "opened_at"
    ordering = ("-id",)


@admin.register(CarrierClaim)
class CarrierClaimAdmin(LookingAdmin):
    list_display = ("id", "shipment", "kind", "state", "amount", "currency", "closes_at", "recovered_amount")
    list_filter = ("kind", "state")
    list_select_related = ("shipment",)
    search_fields = ("reference", "shipment__tracking_number")
    date_hierarchy = "opened_at"
    ordering = ("-id",)


@admin.register(Message)
class MessageAdmin(LookingAdmin):
    list_display = ("id", "case", "finding", "state", "recipient", "created_at", "sent_at")
    list_filter = ("state", "finding")
    list_select_related = ("case",)
    search_fields = ("recipient", "case__shipment__tracking_number")
    date_hierarchy = "created_at"
    ordering = ("-id",)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(LookingAdmin):
    list_display = ("number", "state", "note", "published_at", "published_by")
    list_filter = ("state",)
    list_select_related = ("published_by",)
    search_fields = ("note",)
    date_hierarchy = "created_at"
    ordering = ("-number",)


@admin.register(Incident)
class IncidentAdmin(LookingAdmin):
    list_display = ("id", "carrier", "location", "trouble", "opened_at", "joined_at", "closed_at", "closed_by")
    list_filter = ("carrier", "trouble")
    list_select_related = ("closed_by",)
    search_fields = ("location", "members__case__shipment__tracking_number")
    date_hierarchy = "opened_at"
    ordering = ("-id",)


@admin.register(IncidentMember)
class IncidentMemberAdmin(LookingAdmin):
    list_display = ("id", "incident", "case", "joined_at")
    list_select_related = ("incident", "case")
    search_fields = ("case__shipment__tracking_number",)
    date_hierarchy = "joined_at"
    ordering = ("-id",)


@admin.register(IncidentAct)
class IncidentActAdmin(LookingAdmin):
    list_display = ("id", "incident", "kind", "ordered_at", "ordered_by", "starts_at", "finished_at", "undone_at")
    list_filter = ("kind",)
    list_select_related = ("incident", "ordered_by")
    search_fields = ("note", "ordered_by__username")
    date_hierarchy = "ordered_at"
    ordering = ("-id",)


@admin.register(IncidentStep)
class IncidentStepAdmin(LookingAdmin):
    list_display = ("id", "act", "case", "state", "why", "acted_at")
    list_filter = ("state",)
    list_select_related = ("act", "case")
    search_fields = ("case__shipment__tracking_number", "why")
    date_hierarchy = "acted_at"
    ordering = ("-id",)


@admin.register(PolicyEvent)
class PolicyEventAdmin(LookingAdmin):
    list_display = ("id", "version", "at", "kind", "by")
    list_filter = ("kind",)
    list_select_related = ("version", "by")
    date_hierarchy = "at"
    ordering = ("-id",)


@admin.register(Observation)
class ObservationAdmin(LookingAdmin):
    list_display = ("id", "shipment", "policy", "mode", "level", "team", "score", "first_at", "cleared_at")
    list_filter = ("mode", "level", "team")
    list_select_related = ("shipment", "policy")
    search_fields = ("shipment__tracking_number",)
    date_hierarchy = "first_at"
    ordering = ("-id",)


@admin.register(RiskTable)
class RiskTableAdmin(LookingAdmin):
    list_display = ("id", "learned_at", "parcels", "created_at")
    exclude = ("cells",)
    search_fields = ("=id",)
    date_hierarchy = "learned_at"
    ordering = ("-id",)


@admin.register(Backtest)
class BacktestAdmin(LookingAdmin):
    list_display = ("id", "policy", "state", "begins_at", "ends_at", "parcels_done", "parcels", "requested_by")
    list_filter = ("state",)
    list_select_related = ("policy", "requested_by")
    exclude = ("document", "tally")
    search_fields = ("digest", "problem")
    date_hierarchy = "requested_at"
    ordering = ("-id",)


@admin.register(BacktestFinding)
class BacktestFindingAdmin(LookingAdmin):
    list_display = ("id", "backtest", "shipment", "kind", "team", "score", "opened_at", "cleared_at", "is_flag", "late")
    list_filter = ("kind", "team", "is_flag", "late")
    list_select_related = ("backtest", "shipment")
    search_fields = ("shipment__tracking_number",)
    date_hierarchy = "opened_at"
    ordering = ("-id",)


@admin.register(BacktestParcel)
class BacktestParcelAdmin(LookingAdmin):
    list_display = ("id", "backtest", "shipment")
    list_select_related = ("backtest", "shipment")
    search_fields = ("shipment__tracking_number",)
    ordering = ("-id",)


@admin.register(Trial)
class TrialAdmin(LookingAdmin):
    list_display = ("id", "policy", "against", "requested_by", "requested_at", "cancelled_by")
    list_select_related = ("policy", "against", "requested_by", "cancelled_by")
    search_fields = ("=id",)
    date_hierarchy = "requested_at"
    ordering = ("-id",)


@admin.register(Review)
class ReviewAdmin(LookingAdmin):
    list_display = ("id", "state", "begins_at", "ends_at", "population", "drawn_by", "drawn_at", "closed_by")
    list_filter = ("state",)
    list_select_related = ("drawn_by", "closed_by")
    search_fields = ("=id",)
    date_hierarchy = "drawn_at"
    ordering = ("-id",)


@admin.register(ReviewCase)
class ReviewCaseAdmin(LookingAdmin):
    list_display = ("id", "review", "place", "case", "finding", "messaged", "paused", "evidence", "answered_by")
    list_filter = ("finding", "messaged", "paused", "evidence")
    list_select_related = ("review", "case", "answered_by")
    search_fields = ("=case__id", "note")
    date_hierarchy = "answered_at"
    ordering = ("-id",)


@admin.register(ReviewUse)
class ReviewUseAdmin(LookingAdmin):
    list_display = ("id", "review", "version", "said", "by", "at")
    list_select_related = ("review", "version", "by")
    search_fields = ("said",)
    date_hierarchy = "at"
    ordering = ("-id",)
