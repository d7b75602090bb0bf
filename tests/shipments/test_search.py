import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shipments.search import Found, find
from tests.factories import make_customer, make_order, make_shipment

pytestmark = pytest.mark.django_db


@pytest.fixture
def parcel():
    person = make_customer(customer_id="cust-77", name="Ana María O'Neill", email="Ana.Oneill@Example.com")
    make_shipment(order=None)
    return make_shipment(tracking_number="1Z999AA10123456784", order=make_order(order_id="SO-1001", customer=person))


@pytest.mark.parametrize(
    "text",
    [
        "1Z999AA10123456784",
        "1z999aa1 0123 456784",
        "SO-1001",
        "so-1001",
        "#SO-1001",
        "cust-77",
        "ana.oneill@EXAMPLE.com",
    ],
)
def test_whole_number_order_customer_or_address_matches_exactly(parcel, text):
    assert find(text) == Found([parcel.pk], frozenset([parcel.pk]), capped=False)


@pytest.mark.parametrize(
    "text", ["1z999aa101", "SO-10", "so-10", "cust-", "ana.o", "Ana", "maría", "neill ana", "O'Neill"]
)
def test_beginning_of_a_number_order_address_or_name_matches(parcel, text):
    found = find(text)
    assert (found.ids, found.exact) == ([parcel.pk], frozenset())


@pytest.mark.parametrize(
    "text",
    ["1Z", "S", "99AA1", "1001", "%", "___", "1Z9%", "\\", "'", "&", "ana:*", "eill", "\0", "🦄🦄🦄", "(", "!ana"],
)
def test_what_does_not_begin_so_is_not_found_and_nothing_breaks(parcel, text):
    assert find(text).exact == frozenset()
    assert parcel.pk not in find(text).ids or text in {"ana:*", "!ana"}


def test_whole_matches_come_before_beginnings():
    longer = make_shipment(tracking_number="12345678")
    whole = make_shipment(tracking_number="1234")
    newer = make_shipment(tracking_number="12349999")
    assert find("1234") == Found([whole.pk, newer.pk, longer.pk], frozenset([whole.pk]), capped=False)


def test_one_query_and_at_most_a_thousand(monkeypatch):
    monkeypatch.setattr("shipments.search.MOST", 3)
    for number in range(5):
        make_shipment(tracking_number=f"ABC{number}", order=None)
    with CaptureQueriesContext(connection) as queries:
        found = find("ABC")
    assert (len(queries), len(found.ids), found.capped) == (1, 3, True)


@pytest.mark.parametrize(
    "text, index",
    [
        ("tracking_number LIKE 'ABC%'", "shipment_number_begins"),
        ("tracking_number = 'ABC'", "shipment_number_begins"),
    ],
)
def test_numbers_are_found_by_index(text, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT id FROM shipments_shipment WHERE {text}")
        assert index in str(cursor.fetchall())


@pytest.mark.parametrize(
    "condition, index",
    [
        ("lower(email) LIKE 'ana%'", "customer_email_begins"),
        ("to_tsvector('simple', COALESCE(name, '')) @@ to_tsquery('simple', 'ana:*')", "customer_name_words"),
    ],
)
def test_customers_are_found_by_index(condition, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT id FROM shipments_customer WHERE {condition}")
        assert index in str(cursor.fetchall())
