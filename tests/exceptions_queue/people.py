"""Watching that a refusal wrote nothing, and letting people act at the very same time."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from exceptions_queue.actions import Refused
from exceptions_queue.models import (
    Approval,
    Case,
    CaseEvent,
    Decision,
    FollowUp,
    Leg,
    PolicyState,
    PolicyVersion,
)
from exceptions_queue.policy.default import DEFAULT_POLICY
from tests.factories import make_policy

_WATCHED = (Case, Leg, CaseEvent, Decision, FollowUp, Approval)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row that people's acts can write."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in _WATCHED}


@contextmanager
def refused(error: type[Refused], says: str = "") -> Iterator[None]:
    """Expect a refusal with this in its sentence, and that nothing at all was written."""
    before = everything()
    with pytest.raises(error, match=says or None) as caught:
        yield
    assert caught.type is error
    assert everything() == before


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each act in a thread with a connection of its own, all at the same instant; return results or exceptions."""
    results: list[Any] = [None] * len(acts)
    start = Barrier(len(acts))

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def history(case: Case) -> list[str]:
    """Return the kinds of a case's history after its opening, in order."""
    return list(case.history.order_by("id").values_list("kind", flat=True))[1:]


def assert_whole(case: Case) -> None:
    """Check what holds of every case: one open leg, which it mirrors, or none where it is closed."""
    case.refresh_from_db()
    legs = list(case.legs.filter(ended_at=None))
    if case.closed_at:
        assert legs == []
        return
    assert [(leg.team, leg.next_action, leg.due_at) for leg in legs] == [
        (case.owner_team, case.next_action, case.due_at)
    ]
    assert bool(legs[0].waiting_on) == (case.state == "waiting")


def publish(*, limits: Mapping[str, int | None], goods: bool = False) -> PolicyVersion:
    """Put a policy with these limits in US dollars in force, whatever was before."""
    PolicyVersion.objects.filter(state=PolicyState.PUBLISHED).update(state=PolicyState.RETIRED)
    document = json.loads(json.dumps(DEFAULT_POLICY))
    document["approvals"] |= {"limits": {"USD": dict(limits)}, "goods": goods}
    return make_policy(document=document)
