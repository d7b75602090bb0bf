"""What waits for a second person, and what they answered."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from exceptions_queue.models.cases import Case
from exceptions_queue.models.work import Decision
from exceptions_queue.policy.situation import NextAction, Team

USER = settings.AUTH_USER_MODEL


class Approval(models.Model):
    """A proposed decision that waits for a second person; never two of one case at once.

    `cost` is what the limits were compared with, and `roles` who may approve it by the policy in force while it waits:
    they say whose list it is in; the answer itself is checked again. A refusal sends the case back to `from_team` and
    `next_action`. `decision` is what an approval made of the proposal.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        LAPSED = "lapsed", "No longer needed"

    case = models.ForeignKey(Case, models.PROTECT, related_name="approvals")
    proposal = models.OneToOneField(Decision, models.PROTECT, related_name="approval")
    state = models.TextField(choices=State.choices, default=State.WAITING)
    cost = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.TextField()
    roles = ArrayField(models.TextField())
    from_team = models.TextField(choices=Team.choices)
    next_action = models.TextField(choices=NextAction.choices)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True, default="")
    decision = models.OneToOneField(Decision, models.PROTECT, null=True, blank=True, related_name="approves")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="waiting"), name="approval_one_waits_per_case"),
            models.CheckConstraint(
                condition=Q(state="waiting", answered_at__isnull=True, answered_by__isnull=True)
                | (~Q(state="waiting") & Q(answered_at__isnull=False, answered_by__isnull=False)),
                name="approval_answered_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", decision__isnull=False)
                | (~Q(state="approved") & Q(decision__isnull=True)),
                name="approval_makes_a_decision",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(answered_by=F("asked_by")), name="approval_by_a_second_person"
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(reason__gt=""), name="approval_refused_with_reason"
            ),
            models.CheckConstraint(condition=Q(cost__gt=0) & Q(currency__gt=""), name="approval_cost_and_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.state} proposal on case {self.case_id}"
