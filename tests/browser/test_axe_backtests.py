"""The pages of backtests: no barrier, and nothing to scroll sideways, in light, dark and narrow."""

from datetime import timedelta

import pytest

from exceptions_queue import actions
from exceptions_queue.models import Trial
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.transitions import Role
from tests import factories as make
from tests.browser.barriers import trouble_here
from tests.browser.test_policy import replay, tried
from tests.exceptions_queue.backtest.test_jobs import nothing_remembered  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


def ask(owner, **values) -> Trial:
    week = {"begins_at": make.NOW - timedelta(days=8), "ends_at": make.NOW}
    return actions.ask_trial(**({"number": 2, "minutes_a_case": None, "by": owner, "now": make.NOW} | week | values))


def test_no_page_of_backtests_has_a_barrier(console):
    owner = make.make_user(Role.OPERATIONS, first_name="Olga", last_name="Berg")
    make.make_policy()
    attempted = DEFAULT_POLICY["detectors"]["attempted"] | {"on": False}
    document = DEFAULT_POLICY | {"detectors": DEFAULT_POLICY["detectors"] | {"attempted": attempted}}
    make.make_policy(state="draft", document=document, base=make.make_policy())
    parcel = tried(make.NOW - timedelta(days=7))
    make.make_conversation(shipment=parcel, opened_at=make.NOW - timedelta(days=6))
    done = ask(owner)
    replay()
    waiting = ask(owner, minutes_a_case=20)
    console.sign_in(owner)
    found = {}
    rows = f"/policy/backtests/{done.pk}/rows/cases/?which=only_beside&late=no"
    for path in ("/policy/backtests/", f"/policy/backtests/{done.pk}/", rows, f"/policy/backtests/{waiting.pk}/"):
        console.open(path)
        console.page.evaluate("document.querySelectorAll('details.fold').forEach((each) => { each.open = true; })")
        found[path] = trouble_here(console)
    assert found == {path: [] for path in found}
