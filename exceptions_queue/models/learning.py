"""What was learned from the past: the delay risk of each day."""

from django.db import models


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
