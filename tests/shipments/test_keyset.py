from datetime import timedelta

import pytest
from django.db.models import F

from shipments.keyset import ID, BadCursor, Key, Sort, instant, page_of
from shipments.models import Shipment
from tests.factories import NOW, make_shipment

pytestmark = pytest.mark.django_db
SEEN = Key(F("first_seen_at"), instant)
ORDERS = [Sort("oldest", "", (SEEN, ID)), Sort("newest", "", (SEEN, ID), descending=True), Sort("id", "", (ID,))]


def _seven():
    for number in range(7):
        make_shipment(order=None, first_seen_at=NOW - timedelta(hours=number // 2))


@pytest.mark.parametrize("sort", ORDERS, ids=lambda sort: sort.slug)
def test_pages_forwards_and_backwards_show_every_row_once_in_order(sort):
    _seven()
    pages, query = [], {}
    while True:
        pages.append(page_of(Shipment.objects.all(), sort, query, size=3))
        if pages[-1].next is None:
            break
        query = {"after": pages[-1].next}
    rows = [row.pk for page in pages for row in page.rows]
    names = [f"{'-' if sort.descending else ''}{name}" for name in ("first_seen_at", "id")[-len(sort.keys) :]]
    assert rows == list(Shipment.objects.order_by(*names).values_list("pk", flat=True))
    assert pages[0].previous is None
    back = page_of(Shipment.objects.all(), sort, {"before": pages[-1].previous}, size=3)
    assert [row.pk for row in back.rows] == [row.pk for row in pages[1].rows]
    first = page_of(Shipment.objects.all(), sort, {"before": back.previous}, size=3)
    assert (first.previous, len(first.rows)) == (None, 3)


@pytest.mark.parametrize("cursor", ["", "x", "1~2~3", "1~", "9" * 40, "1~x", "٣~1"])
def test_address_of_no_place_gives_the_first_page(cursor):
    _seven()
    assert len(page_of(Shipment.objects.all(), ORDERS[0], {"after": cursor}, size=3).rows) == 3


def test_no_rows_make_an_empty_page():
    page = page_of(Shipment.objects.all(), ORDERS[0], {"before": "1~1"})
    assert (page.rows, page.next, page.previous) == ([], None, None)


def test_place_of_another_order_is_refused():
    with pytest.raises(BadCursor):
        ORDERS[0].place("1")
