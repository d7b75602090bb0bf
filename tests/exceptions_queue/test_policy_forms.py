"""The form of a sentence: what cannot be is said beside the field it is about, with what to do."""

import pytest

from exceptions_queue.policy.clauses import clause_of, edited, normal
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy_forms import ClauseForm

DOCUMENT = normal(DEFAULT_POLICY)
NOTHING = "Nothing is written: it goes with what is filled beside it."
SAID = [
    ("rules", "stalled", "working hours allowed", "soon", "'soon' is not a number: write a number such as 3."),
    ("reach", "scope", "queues", "Support", "'Support' is not known here: did you mean 'support'?"),
    (
        "clocks",
        "carrier:usps",
        "last day of the peak",
        "",
        NOTHING,
    ),
]


@pytest.mark.parametrize(("part", "key", "label", "typed", "said"), SAID)
def test_what_cannot_be_is_said_beside_its_field(part: str, key: str, label: str, typed: str, said: str):
    clause = clause_of(DOCUMENT, part, key)
    path = next(field.path for field in clause.fields if field.label == label)
    with pytest.raises(PolicyError) as refused:
        edited(DOCUMENT, clause, {path: typed})
    form = ClauseForm(clause, {})
    form.is_valid()
    form.blame(refused.value)
    assert [list(messages) for messages in form.errors.values()] == [[said]]
    assert "__all__" not in form.errors
