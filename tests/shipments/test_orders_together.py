"""Two connections at once: nothing is doubled, nobody waits for ever."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import close_old_connections, connections, transaction

from shipments.contracts import CustomerFact, OrderFact, ParcelFact
from shipments.models import Customer, Order, Shipment
from shipments.orders import record_orders
from tests.factories import NOW, make_shipment

pytestmark = pytest.mark.django_db(transaction=True)


def _orders(round_number):
    return [
        OrderFact(
            f"O-{n}",
            storefront=f"shop {round_number}",
            customer=CustomerFact(f"C-{n % 7}", tier=f"tier {round_number}"),
            shipments=(ParcelFact("ups", f"1Z{n}", service=f"service {round_number}"),),
        )
        for n in range(60)
    ]


def _tell(backwards):
    close_old_connections()
    try:
        for round_number in range(10):
            orders = _orders(f"{round_number} {backwards}")
            now = NOW + timedelta(minutes=round_number)
            record_orders(orders=orders[::-1] if backwards else orders, now=now)
    finally:
        connections.close_all()


def test_two_connections_telling_the_same_orders_in_opposite_order_make_each_once():
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(_tell, False), pool.submit(_tell, True)]:
            done.result(timeout=60)
    assert (Order.objects.count(), Shipment.objects.count(), Customer.objects.count()) == (60, 60, 7)
    assert not Shipment.objects.filter(order=None).exists()


def test_orders_that_meet_a_batch_of_scans_the_other_way_round_are_recorded_all_the_same():
    known = make_shipment(carrier="ups", tracking_number="KNOWN", order=None)
    order = OrderFact("O-1", shipments=(ParcelFact("ups", "NEW"), ParcelFact("ups", "KNOWN")))

    def tell():
        try:
            return record_orders(orders=[order], now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Shipment.objects.select_for_update(no_key=True).get(pk=known.pk)
            telling = pool.submit(tell)
            _wait_for_a_lock_to_be_wanted()
            make_shipment(carrier="ups", tracking_number="NEW", order=None)
        assert telling.result(timeout=30).attached == 2
    assert Shipment.objects.filter(order__order_id="O-1").count() == 2


def _wait_for_a_lock_to_be_wanted():
    """Wait until somebody waits in this database: the tests beside these have locks of their own in the same server."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(200):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waits)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
