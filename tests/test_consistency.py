"""What must hold for every model at once."""

import pytest
from django.apps import apps
from django.db.models import BaseConstraint, CheckConstraint, Model
from django.template.loader import render_to_string

from tests.factories import NOW

OURS = ("carriers", "shipments", "exceptions_queue", "reporting")
OPTIONAL_ON_PURPOSE = {
    ("Case", "closed_at", "closed_by"): "a case that heals is closed by nobody; the time alone is required",
    ("Incident", "closed_at", "closed_by"): "an incident whose cases are all closed is over by itself",
    ("PolicyVersion", "published_at", "published_by"): "the first policy is published by the installation itself",
}
"""Pairs of which the person may be missing, each with its reason; the time still needs a constraint."""


def pairs() -> list[tuple[type[Model], str, str]]:
    """Return each `x_at` that has an `x_by` or `x_to` beside it and may be null."""
    found = []
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        names = {field.name: field for field in model._meta.concrete_fields}
        for name in sorted(names):
            stem = name.removesuffix("_at")
            if name.endswith("_at") and names[name].null:
                found += [(model, name, other) for other in (f"{stem}_by", f"{stem}_to") if other in names]
    return found


def _mentions(constraint: BaseConstraint, *names: str) -> bool:
    text = str(constraint.condition) if isinstance(constraint, CheckConstraint) else ""
    return all(f"'{name}'" in text or f"'{name}__" in text for name in names)


@pytest.mark.parametrize(
    ("model", "at", "other"), [pytest.param(*pair, id=f"{pair[0].__name__}.{pair[1]}+{pair[2]}") for pair in pairs()]
)
def test_a_time_and_its_person_are_kept_together_by_the_database(model, at, other):
    together = any(_mentions(each, at, other) for each in model._meta.constraints)
    alone = any(_mentions(each, at) for each in model._meta.constraints)
    assert together or (alone and (model.__name__, at, other) in OPTIONAL_ON_PURPOSE)


def test_the_pairs_are_found_at_all():
    found = {(model.__name__, at, other) for model, at, other in pairs()}
    assert {("Case", "claimed_at", "claimed_by"), ("FollowUp", "assigned_at", "assigned_to")} <= found
    assert set(OPTIONAL_ON_PURPOSE) <= found


def test_a_time_stands_in_a_sentence_without_a_space_of_its_own():
    told = render_to_string("_shared/_time.html", {"at": NOW, "now": NOW})
    assert told == told.strip()
    assert told.startswith("<time ")
