"""How sources spell what they say, and how the operations owner's meanings came to be."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from shipments.facts import Reason, State


class HeardCode(models.Model):
    """One way a source spelled something, counted as it is heard; `id` is the hash of the system and the keys.

    `keys` are looked up most specific first and `code` is the first of them; `answered_by` is the code table's row that
    answers today, empty where none does. `hits` counts events, not repeats of them.
    """

    id = models.BigIntegerField(primary_key=True)
    system = models.TextField()
    code = models.TextField()
    keys = ArrayField(models.TextField())
    answered_by = models.TextField(blank=True, default="")
    hits = models.BigIntegerField(default=0)
    first_heard_at = models.DateTimeField()
    last_heard_at = models.DateTimeField()
    last_description = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_heard_at__gte=F("first_heard_at")), name="heard_first_before_last")
        ]
        indexes = [
            models.Index(fields=["system", "answered_by"], name="heard_answered_by"),
            models.Index(fields=["system", "code"], name="heard_unanswered", condition=Q(answered_by="")),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code}"


class CodePublication(models.Model):
    """One time meanings were published: who, why, when; append-only. `by` is null for what Waypost shipped.

    An undo is a publication of its own that names in `undoes` the one it takes back.
    """

    number = models.BigIntegerField(primary_key=True)
    by = models.ForeignKey("auth.User", models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField()
    at = models.DateTimeField()
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(note=""), name="publication_says_why"),
            models.CheckConstraint(condition=Q(undoes__isnull=True) | Q(number__gt=F("undoes")), name="undo_after"),
        ]

    def __str__(self) -> str:
        return f"publication {self.number}"


class CodeChange(models.Model):
    """What a publication did to one code; append-only. Null `before`: it had no row; null `after`: it has none now."""

    publication = models.ForeignKey(CodePublication, models.PROTECT, related_name="changes")
    system = models.TextField()
    code = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "system", "code"], name="change_one_per_code"),
        ]
        indexes = [models.Index(fields=["system", "code", "publication"], name="change_of_code")]

    def __str__(self) -> str:
        return f"{self.system} {self.code} in publication {self.publication_id}"


class CodeDraft(models.Model):
    """What one person wants a code to mean, not published yet; `before` is the row they saw when they wrote it.

    `unmaps` says that the code shall have no meaning at all.
    """

    by = models.ForeignKey("auth.User", models.CASCADE, related_name="+")
    system = models.TextField()
    code = models.TextField()
    before = models.JSONField(null=True)
    unmaps = models.BooleanField(default=False)
    state = models.TextField(choices=State.choices, default=State.UNKNOWN)
    reason = models.TextField(choices=Reason.choices, blank=True, default="")
    physical = models.BooleanField(default=True)
    action_required = models.BooleanField(default=False)
    description = models.TextField(blank=True, default="")
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "system", "code"], name="draft_one_per_person_and_code")]

    def __str__(self) -> str:
        return f"draft of {self.system} {self.code}"


class Rereading(models.Model):
    """How far a publication's meaning has been carried into history; the row is the queue.

    `spellings` are the heard codes that mean something else now. Parcels are read in the order of their ids;
    `cursor` is the last one done, `events_expected` how many scans the spellings had when it was published.
    """

    publication = models.OneToOneField(CodePublication, models.PROTECT, primary_key=True, related_name="rereading")
    spellings = ArrayField(models.BigIntegerField())
    events_expected = models.BigIntegerField()
    cursor = models.BigIntegerField(default=0)
    parcels_read = models.BigIntegerField(default=0)
    events_seen = models.BigIntegerField(default=0)
    events_changed = models.BigIntegerField(default=0)
    parcels_moved = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["publication"], name="rereading_waiting", condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"history under publication {self.publication_id}"
