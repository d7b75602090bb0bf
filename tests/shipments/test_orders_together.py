"""Two connections at once: nothing is doubled, nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import close_old_connections, connections

from shipments.contracts import CustomerFact, OrderFact, ParcelFact
from shipments.models import Customer, Order, Shipment
from shipments.orders import record_orders
from tests.factories import NOW

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
