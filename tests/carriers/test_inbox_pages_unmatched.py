"""The pages of parcels no order claims, and what operations does on them."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from carriers.inbox import drain
from carriers.models import ReplayRun
from shipments.models import ParcelAct, Shipment
from tests.carriers.test_inbox import event
from tests.factories import NOW, make_event, make_message, make_order, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/inbox/unmatched/"


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client) -> Client:
    client.force_login(make_user("operations", first_name="Olga", last_name="Petrov"))
    return client


def lost(number: str = "1Z1", **overrides) -> Shipment:
    return make_shipment(order=None, tracking_number=number, **overrides)


def page(client: Client, address: str, **query) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, **query) -> list[str]:
    return [row.tracking_number for row in client.get(LIST, query).context["page"].rows]


def said(client: Client, address: str, **data) -> str:
    return client.post(address, data, follow=True).content.decode()


def test_the_list_holds_parcels_without_order_and_is_narrowed(owner):
    make_shipment()
    lost("1Z1")
    lost("9X2", carrier="fedex", state="delayed")
    Shipment.objects.filter(tracking_number="9X2").update(
        first_seen_at=Now()
    )  # the filter goes by the database's clock
    lost("1Z3", superseded_by=make_shipment())
    assert shown(owner) == ["1Z1", "9X2"]
    assert shown(owner, sort="newest") == ["9X2", "1Z1"]
    assert shown(owner, q="1 z") == ["1Z1"]
    assert shown(owner, carrier="fedex") == ["9X2"]
    assert shown(owner, state="delayed") == ["9X2"]
    assert shown(owner, waiting="7") == ["1Z1"]


def test_a_row_says_who_told_of_it_and_where_else_its_number_is_known(owner):
    message, order = make_message(), make_order(order_id="O-7")
    parcel = lost()
    make_event(parcel, message_id=message.pk)
    make_event(parcel, message_id=make_message(account=message.account).pk, occurred_at=NOW)
    make_shipment(carrier="fedex", tracking_number="1Z1", order=order)
    (row,) = owner.get(LIST).context["page"].rows
    assert (row.told.account, row.told.messages) == (str(message.account), 2)
    assert "Same number with FedEx, order O-7" in page(owner, LIST)


def test_chosen_parcels_are_attached_and_it_is_undone(owner):
    one, two, order = lost("1Z1"), lost("1Z2"), make_order(order_id="O-7")
    told = said(owner, f"{LIST}attach/", parcel=[one.pk, two.pk], order_id="O-7", back=f"{LIST}?sort=newest")
    assert "2 parcels attached to order O-7." in told
    assert set(Shipment.objects.filter(order=order)) == {one, two}
    assert "attached to order O-7" in page(owner, LIST)
    act = ParcelAct.objects.get(shipment=one)
    assert "1Z1 is as it was before." in said(owner, f"{LIST}done/{act.pk}/undo/")
    assert "undone already" in said(owner, f"{LIST}done/{act.pk}/undo/")
    assert set(Shipment.objects.filter(order=order)) == {two}
    assert "undone" in page(owner, f"{LIST}done/")


@pytest.mark.parametrize(
    ("address", "data", "says"),
    [
        ("attach/", {"order_id": "O-7"}, "Tick the parcels first"),
        ("attach/", {"parcel": "{pk}"}, "Name the order"),
        ("attach/", {"parcel": "{pk}", "order_id": "O-9"}, "There is no order “O-9”"),
        ("correct/", {"carrier": "fedex"}, "Tick the parcels first"),
        ("correct/", {"parcel": "{pk}", "carrier": "nobody"}, "Choose the right carrier"),
        ("correct/", {"parcel": "{pk}", "carrier": "ups"}, "is with UPS already"),
        ("read-again/", {"parcel": "{pk}"}, "There is no stored message"),
        ("read-again/", {}, "There is no stored message"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(owner, address, data, says):
    parcel = lost()
    before = list(Shipment.objects.values())
    data = {name: value.replace("{pk}", str(parcel.pk)) for name, value in data.items()}
    assert says in said(owner, LIST + address, **data)
    assert list(Shipment.objects.values()) == before
    assert not ParcelAct.objects.exists()
    assert not ReplayRun.objects.exists()


def test_the_carrier_is_corrected_on_the_parcels_page(owner):
    order = make_order(order_id="O-7")
    make_shipment(carrier="fedex", tracking_number="1Z1", order=order)
    parcel = lost()
    told = page(owner, f"{LIST}{parcel.pk}/")
    assert 'value="fedex" selected' in told
    back = f"{LIST}{parcel.pk}/"
    told = said(owner, f"{LIST}correct/", parcel=parcel.pk, carrier="fedex", reason="The label says so.", back=back)
    assert "1Z1 corrected to FedEx." in told
    assert "A person corrected its carrier" in told
    assert "The label says so." in told
    assert shown(owner) == []
    assert f"/shipments/{parcel.pk}/" not in page(owner, "/shipments/")


def test_many_are_corrected_at_once_from_the_list(owner):
    ids = [lost(f"1Z{n}").pk for n in range(3)]
    assert "3 parcels corrected to DHL Express." in said(
        owner, f"{LIST}correct/", **{"parcel": ids, "bulk-carrier": "dhl_express"}
    )


def test_an_order_is_found_by_its_id_its_customer_or_another_parcel(owner):
    parcel, order = lost(), make_order(order_id="O-7")
    make_shipment(order=order, tracking_number="1ZOTHER")
    for text in ("o-7", order.customer.email, "1zother"):
        assert [each.order_id for each in owner.get(f"{LIST}{parcel.pk}/", {"order": text}).context["orders"]] == [
            "O-7"
        ]
    assert "No order fits “nothing”" in page(owner, f"{LIST}{parcel.pk}/", order="nothing")


def test_an_order_the_messages_name_is_offered_or_waited_for(owner):
    parcel = lost(stated_order="O-7")
    assert "attaches itself then" in page(owner, f"{LIST}{parcel.pk}/")
    assert "Names order O-7" in page(owner, LIST)
    make_order(order_id="O-7")
    assert "Attach<span" in page(owner, f"{LIST}{parcel.pk}/")


def test_the_messages_of_a_parcel_are_read_again_as_a_recorded_run(owner):
    make_message(body=event("1Z1"))
    drain(now=NOW)
    parcel = Shipment.objects.get()
    answer = owner.post(f"{LIST}read-again/", {"parcel": parcel.pk})
    run = ReplayRun.objects.get()
    assert (answer.headers["Location"], run.how) == (f"/inbox/replays/{run.pk}/", "parcel")
    assert drain(now=NOW).events == 0
    assert "1 can be read now" in page(owner, f"/inbox/replays/{run.pk}/")


def test_who_only_looks_sees_no_buttons(client):
    client.force_login(make_user("support"))
    parcel = lost()
    for address in (LIST, f"{LIST}{parcel.pk}/"):
        assert 'method="post"' not in page(client, address).split("<main")[1]


def test_one_parcel_takes_at_most_twelve_queries_whatever_was_told(owner):
    parcel, order = lost(stated_order="O-7"), make_order(order_id="O-7")

    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as found:
            owner.get(f"{LIST}{parcel.pk}/", {"order": order.customer.email})
        return len(found)

    make_event(parcel, message_id=make_message().pk)
    few = queries()
    for hours in range(20):
        make_event(parcel, message_id=make_message().pk, occurred_at=NOW - timedelta(hours=hours))
        make_shipment(carrier=f"carrier-{hours}", tracking_number="1Z1", order=None)
    assert queries() == few <= 12
