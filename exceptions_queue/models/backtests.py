"""What a policy would have done with stored history: backtests, what they found, and what was asked of them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from exceptions_queue.backtest_queries import TrialQuerySet
from exceptions_queue.models.policy import PolicyVersion
from exceptions_queue.policy.messages import Hold
from exceptions_queue.policy.situation import SEVERITY_LABELS, FindingKind, Team
from shipments.models import Shipment

USER = settings.AUTH_USER_MODEL


class BacktestState(models.TextChoices):
    """How far a backtest is."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


_UNFINISHED = Q(state__in=[BacktestState.WAITING, BacktestState.RUNNING])


class Backtest(models.Model):
    """One replay of stored history by one policy document, worked on slice by slice.

    Parcels placed from `begins_at` to before `ends_at` are judged, and each followed until `until`. `done_to` is the
    group of parcels (a customer's, or one parcel) judged last, `tally` what all up to it came to. `lease` is of the
    worker that goes on until `leased_until`; whoever comes after it goes on from `done_to`. `went_on_at` is when it was
    asked for or last came further (null: it is from before parcels were kept). `minutes_a_case` is null where the
    policy's own workload counts. `rows_let_go_at` is since when its findings and parcels are no longer shown, and
    `rows_gone_at` when the last of them was deleted; what it came to stays.
    """

    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="backtests")
    document = models.JSONField()
    digest = models.TextField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    until = models.DateTimeField()
    minutes_a_case = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.TextField(choices=BacktestState.choices, default=BacktestState.WAITING)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    went_on_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    parcels = models.PositiveIntegerField(default=0)
    parcels_done = models.PositiveIntegerField(default=0)
    done_to = models.BigIntegerField(null=True, blank=True)
    tally = models.JSONField(default=dict)
    results = models.JSONField(default=dict)
    problem = models.TextField(blank=True, default="")
    rows_let_go_at = models.DateTimeField(null=True, blank=True)
    rows_gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rows_let_go_at__isnull=True) | Q(finished_at__isnull=False),
                name="backtest_lets_go_once_finished",
            ),
            models.CheckConstraint(
                condition=Q(rows_gone_at__isnull=True) | Q(rows_let_go_at__isnull=False),
                name="backtest_rows_gone_were_let_go",
            ),
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
                condition=(_UNFINISHED & Q(finished_at__isnull=True)) | (~_UNFINISHED & Q(finished_at__isnull=False)),
                name="backtest_finished_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="backtest_unfinished", condition=_UNFINISHED),
            models.Index(fields=["digest", "begins_at", "ends_at"], name="backtest_of_a_document"),
            models.Index(fields=["-requested_at"], name="backtest_requested"),
            models.Index(fields=["finished_at"], name="backtest_with_rows", condition=Q(rows_gone_at__isnull=True)),
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


class BacktestParcel(models.Model):
    """One parcel that there is something to tell of: late, asked for, with a case, or a message for its customer.

    `deadline` is when its promise ended, `flagged_at` its warning in time, `asked_at` when its customer first asked
    where it is, and `case_at` the first of its `cases`. `sent`, `to_review` and `held` count messages, `held_for` says
    why some were held. `told_at` is the first of these instants.
    """

    backtest = models.ForeignKey(Backtest, models.CASCADE, related_name="told")
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="+")
    late = models.BooleanField()
    deadline = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    flagged_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    case_at = models.DateTimeField(null=True, blank=True)
    cases = models.PositiveSmallIntegerField()
    sent = models.PositiveSmallIntegerField()
    to_review = models.PositiveSmallIntegerField()
    held = models.PositiveSmallIntegerField()
    held_for = ArrayField(models.TextField(choices=Hold.choices))
    told_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["backtest", "told_at", "id"], name="backtest_parcel_told")]
        constraints = [
            models.UniqueConstraint(fields=["backtest", "shipment"], name="backtest_tells_of_a_parcel_once"),
            models.CheckConstraint(
                condition=Q(late=False) | Q(deadline__isnull=False), name="backtest_late_parcel_has_a_deadline"
            ),
        ]

    def __str__(self) -> str:
        return f"Parcel {self.shipment_id} in backtest {self.backtest_id}"


class Trial(models.Model):
    """One question to stored history: what `policy` would have done, beside `against` where one was to compare with.

    Several trials may share a backtest. `tried` and `beside` replay the same period, and follow it to the same instant.
    `counts` are parcels with a case by whose they are, kept when the rows of a side are let go (null: count the rows).
    """

    policy = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="trials")
    tried = models.ForeignKey(Backtest, models.PROTECT, related_name="trials")
    against = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, blank=True, related_name="+")
    beside = models.ForeignKey(Backtest, models.PROTECT, null=True, blank=True, related_name="trials_beside")
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    counts = models.JSONField(null=True, blank=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(against__isnull=True, beside__isnull=True) | Q(against__isnull=False, beside__isnull=False),
                name="trial_beside_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="trial_cancelled_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["-requested_at", "-id"], name="trial_newest")]

    def __str__(self) -> str:
        return f"Trial {self.pk} of policy {self.policy_id}"
