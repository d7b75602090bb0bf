from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carriers.api_tokens import Scope, create_token
from exceptions_queue.policy.situation import Severity
from exceptions_queue.transitions import CaseState
from tests.factories import NOW, make_case

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/cases/"


def _client(*scopes):
    now = datetime.now(tz=UTC)
    secret = create_token(name="reader", scopes=scopes, lasts=timedelta(days=1), now=now)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def reader():
    return _client(Scope.CASES_READ)


def test_cases_are_listed_newest_first_with_their_parcel(reader):
    old = make_case(opened_at=NOW - timedelta(hours=2))
    new = make_case(severity=Severity.HIGH, opened_at=NOW)
    first, second = reader.get(ADDRESS).json()["results"]
    assert (first["id"], second["id"]) == (new.pk, old.pk)
    assert (first["severity"], first["tracking_number"]) == ("high", new.shipment.tracking_number)
    assert first["order_id"] == new.shipment.order.order_id


@pytest.mark.parametrize(
    "query, kept", [("state=closed", 1), ("state=open&state=closed", 2), ("owner_team=finance", 0), ("carrier=ups", 2)]
)
def test_cases_can_be_narrowed(reader, query, kept):
    make_case()
    make_case(state=CaseState.CLOSED)
    assert len(reader.get(f"{ADDRESS}?{query}").json()["results"]) == kept


def test_changed_after_asks_for_what_is_new(reader):
    make_case(changed_at=NOW - timedelta(hours=1))
    new = make_case(changed_at=NOW)
    found = reader.get(ADDRESS, {"changed_after": (NOW - timedelta(minutes=1)).isoformat()}).json()["results"]
    assert [case["id"] for case in found] == [new.pk]


def test_unknown_value_is_refused(reader):
    assert reader.get(f"{ADDRESS}?owner_team=nobody").status_code == 400


def test_other_scopes_do_not_read_cases():
    assert _client(Scope.SHIPMENTS_READ).get(ADDRESS).status_code == 403
    assert Client().get(ADDRESS).status_code == 401


def test_queries_are_as_many_for_any_list(reader):
    counts = []
    for _ in range(2):
        for _ in range(5):
            make_case()
        with CaptureQueriesContext(connection) as queries:
            reader.get(ADDRESS)
        counts.append(len(queries))
    assert counts[1] <= counts[0] <= 4


def test_schema_is_served_and_names_every_address():
    schema = Client().get("/api/v1/schema/", headers={"Accept": "application/json"}).content.decode()
    for path in ("/api/v1/events/", "/api/v1/cases/", "/api/v1/shipments/{carrier}/{number}/"):
        assert path in schema
