"""Mass incidents: many cases that are one matter, and what was done to all of them at once."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from exceptions_queue.incident_queries import IncidentQuerySet
from exceptions_queue.mass_acts import ActKind
from exceptions_queue.models.cases import Case
from exceptions_queue.policy.incidents import title
from exceptions_queue.policy.situation import Team

USER = settings.AUTH_USER_MODEL


class Incident(models.Model):
    """Cases of one carrier, place and trouble; never two open at once for the same three.

    `place` is the location as it is compared, `location` as it is read. It ends when no case of it is open any more,
    or when a person says that its cases do not belong together (`closed_by`).
    """

    carrier = models.TextField()
    place = models.TextField()
    location = models.TextField()
    trouble = models.TextField()
    opened_at = models.DateTimeField()
    joined_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "place", "trouble"],
                condition=Q(closed_at__isnull=True),
                name="incident_one_open_per_matter",
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | Q(closed_at__isnull=False),
                name="incident_closed_by_has_closed_at",
            ),
        ]
        indexes = [models.Index(fields=["-opened_at", "-id"], name="incident_opened")]

    def __str__(self) -> str:
        return title(self.carrier, self.location, self.trouble)


class IncidentMember(models.Model):
    """A case in an incident; it is in one at most, and stays in it."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="members")
    case = models.OneToOneField(Case, models.PROTECT, related_name="membership")
    joined_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Case {self.case_id} in incident {self.incident_id}"


class IncidentAct(models.Model):
    """One thing a person has done to every open case of an incident.

    It begins at `starts_at`; until then it can be undone as if it had never been. An incident has one act at a time.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="acts")
    kind = models.TextField(choices=ActKind.choices)
    note = models.TextField(blank=True, default="")
    to_team = models.TextField(choices=Team.choices, blank=True, default="")
    until = models.DateTimeField(null=True, blank=True)
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(finished_at__isnull=True), name="incident_one_act_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="incident_act_undone_whole_or_none",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="incident_act_running", condition=Q(finished_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for incident {self.incident_id}"


class IncidentStep(models.Model):
    """One case's part of an act: what became of it, and why where it was left as it was.

    `acted_at` is the instant under which the case's own history has the act, so that a step begun twice is done once.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Not done yet"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Skipped"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"
        KEPT = "kept", "Not undone"

    act = models.ForeignKey(IncidentAct, models.PROTECT, related_name="steps")
    case = models.ForeignKey(Case, models.PROTECT, related_name="incident_steps")
    state = models.TextField(choices=State.choices, default=State.PENDING)
    why = models.TextField(blank=True, default="")
    acted_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["act", "case"], name="incident_step_once")]
        indexes = [
            models.Index(fields=["act"], name="incident_step_todo", condition=Q(state__in=["pending", "undoing"]))
        ]

    def __str__(self) -> str:
        return f"{self.state}: case {self.case_id}"
