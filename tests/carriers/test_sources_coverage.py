"""The samples of every aggregator cover all that its code table can say."""

import pytest

from carriers.seed import seed_rows
from shipments.facts import State
from tests.carriers.samples import FOLDER, events, names

AGGREGATORS = ["17track", "aftership", "karrio", "shipengine", "shippo"]


def told(source):
    """Return the state and reason of every event in a source's samples that can be read."""
    found = set()
    for name in names(source):
        if not name.startswith(("error", "answer_re", "batch", "deleted", "shipment", "transaction", "without_data")):
            found |= {(event.state.value, event.reason) for event in events(source, name)}
    return found


@pytest.mark.parametrize("source", AGGREGATORS)
def test_samples_cover_every_state_and_every_reason_of_the_table(source):
    rows = [row for row in seed_rows() if row.system == source]
    seen = told(source)
    assert {row.state for row in rows} <= {state for state, _ in seen}
    assert {row.reason for row in rows} <= {reason for _, reason in seen}


@pytest.mark.parametrize("source", AGGREGATORS)
def test_table_says_every_state_but_those_the_source_cannot(source):
    cannot = {"shippo": {State.RETURNED, State.CANCELLED}, "shipengine": {State.RETURNED}, "karrio": {State.RETURNED}}
    said = {row.state for row in seed_rows() if row.system == source}
    assert set(State) - {State(state) for state in said} == cannot.get(source, set())


@pytest.mark.parametrize("source", AGGREGATORS)
def test_samples_that_can_say_so_are_marked_synthetic(source):
    for path in (FOLDER / source).glob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("[") or '"_synthetic": true' in text, path.name
