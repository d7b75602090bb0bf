"""What the pages of backtests ask of trials: with both sides, and how far each is."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

_BULKY = ("document", "tally", "results")
HEADLINES = {
    "cases": ("Cases", "count"),
    "recall": ("Late parcels found", "share"),
    "precision": ("Warnings right", "share"),
}
"""The few figures that say most: by their key in the results, their names and how they are written."""


def _either(state: str) -> Q:
    return Q(tried__state=state) | Q(beside__state=state)


def _both(state: str) -> Q:
    return Q(tried__state=state) & (Q(beside__isnull=True) | Q(beside__state=state))


class TrialQuerySet(models.QuerySet):
    """Trials, as the pages ask for them."""

    def with_state(self) -> Self:
        """Say in `state` how far the two backtests are together; one that stopped stops the trial."""
        return self.annotate(
            state=Case(
                When(Q(cancelled_at__isnull=False) | _either("cancelled"), then=Value("cancelled")),
                When(_either("failed"), then=Value("failed")),
                When(_both("done"), then=Value("done")),
                When(_both("waiting"), then=Value("waiting")),
                default=Value("running"),
                output_field=models.TextField(),
            )
        )

    def with_sides(self) -> Self:
        """Bring both backtests and their versions, without what is bulky."""
        sides = ("tried", "beside", "policy", "against", "requested_by", "cancelled_by")
        bulky = [f"{side}__{name}" for side in ("tried", "beside") for name in _BULKY]
        return self.with_state().select_related(*sides).defer(*bulky, "policy__document", "against__document")

    def with_headlines(self) -> Self:
        """Bring the few figures that a list shows, so that the whole results need not be read."""
        figures = {f"{side}_{key}": F(f"{side}__results__{key}") for side in ("tried", "beside") for key in HEADLINES}
        return self.annotate(**figures)

    def of_version(self, number: int) -> Self:
        """Keep those in which a version was tried, or stood beside the one that was."""
        return self.filter(Q(policy__number=number) | Q(against__number=number))

    def that_need(self, backtest_id: int) -> Self:
        """Keep those that still wait for a backtest."""
        return self.filter(Q(tried=backtest_id) | Q(beside=backtest_id), cancelled_at__isnull=True)
