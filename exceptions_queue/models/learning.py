"""What was learned from the past, and what a policy would have done with it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from exceptions_queue.models.policy import PolicyVersion
from exceptions_queue.policy.situation import SEVERITY_LABELS, FindingKind, Team
from shipments.models import Shipment


class RiskTable(models.Model):
    """One version of the learned delay risk; `cells` is as `policy.risk.to_data` wrote it and never changes.

    It knows only parcels that were known to be finished at `learned_at`, a midnight in UTC.
    """

    learned_at = models.DateTimeField(unique=True)
    created_at = models.DateTimeField()
    parcels = models.PositiveIntegerField()
    cells = models.JSONField()

    def __str__(self) -> str:
        return f"Delay risk of {self.learned_at:%Y-%m-%d}"


class BacktestState(models.TextChoices):
    """How far a backtest is."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Backtest(models.Model):
    """One replay of stored history by one policy document, worked on slice by slice.

    Parcels placed from `begins_at` to before `ends_at` are judged, and each followed until `until`. `done_to` is the
    group of parcels (a customer's, or one parcel) judged last, `tally` what all up to it came to. `lease` is of the
    worker that goes on until `leased_until`; whoever comes after it goes on from `done_to`.
    """

    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="backtests")
    document = models.JSONField()
    digest = models.TextField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    until = models.DateTimeField()
    minutes_a_case = models.PositiveSmallIntegerField()
    state = models.TextField(choices=BacktestState.choices, default=BacktestState.WAITING)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    parcels = models.PositiveIntegerField(default=0)
    parcels_done = models.PositiveIntegerField(default=0)
    done_to = models.BigIntegerField(null=True, blank=True)
    tally = models.JSONField(default=dict)
    results = models.JSONField(default=dict)
    problem = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BacktestState.values), name="backtest_state_known"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("begins_at")), name="backtest_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(lease__isnull=True, leased_until__isnull=True)
                | Q(lease__isnull=False, leased_until__isnull=False),
                name="backtest_lease_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[BacktestState.DONE, BacktestState.FAILED], finished_at__isnull=False)
                | Q(state__in=[BacktestState.WAITING, BacktestState.RUNNING], finished_at__isnull=True),
                name="backtest_finished_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="backtest_unfinished",
                condition=Q(state__in=[BacktestState.WAITING, BacktestState.RUNNING]),
            ),
            models.Index(fields=["-requested_at"], name="backtest_requested"),
        ]

    def __str__(self) -> str:
        return f"Backtest {self.pk} of policy {self.policy_id}"


class BacktestFinding(models.Model):
    """One finding that a policy would have opened. `case` numbers the cases of its parcel from 1.

    `is_flag` marks a parcel's first warning that came before its delivery and before its promised day ended; `late`
    says whether the parcel was late in the end.
    """

    backtest = models.ForeignKey(Backtest, models.CASCADE, related_name="findings")
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="+")
    case = models.PositiveSmallIntegerField()
    kind = models.TextField(choices=FindingKind.choices)
    team = models.TextField(choices=Team.choices)
    severity = models.PositiveSmallIntegerField(choices=SEVERITY_LABELS)
    score = models.IntegerField()
    opened_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    is_flag = models.BooleanField()
    late = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["backtest", "opened_at", "id"], name="backtest_finding_opened"),
            models.Index(fields=["backtest", "shipment"], name="backtest_finding_parcel"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.opened_at:%Y-%m-%d %H:%M}"
