import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from shipments.models import Conversation, Order, Shipment
from tests.factories import make_order

pytestmark = pytest.mark.django_db
ORDERS = [
    {"order_id": "O-1", "value": 12.10, "currency": "EUR", "shipments": [{"carrier": "ups", "tracking_number": "1"}]},
    {"order_id": "O-2", "shipments": [{"carrier": "ups", "tracking_number": "2"}]},
]


@pytest.fixture
def load(tmp_path):
    """Return a function that loads lines and returns the exit code, the object printed, and standard error."""

    def loaded(kind, lines):
        file, out, err = tmp_path / "file.jsonl", StringIO(), StringIO()
        file.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
        code = 0
        try:
            call_command("load", kind, str(file), "--json", stdout=out, stderr=err)
        except SystemExit as stop:
            code = stop.code
        return code, json.loads(out.getvalue()), err.getvalue()

    return loaded


def test_orders_are_loaded_and_counted(load):
    code, result, progress = load("orders", ORDERS)
    assert code == 0
    assert result == {
        "lines": 2,
        "orders": 2,
        "shipments": 2,
        "attached": 0,
        "unchanged": 0,
        "claimed_elsewhere": 0,
        "failed": 0,
        "problems": [],
    }
    assert "2 lines read" in progress
    assert str(Order.objects.get(order_id="O-1").value) == "12.10"


def test_loading_again_changes_nothing(load):
    load("orders", ORDERS)
    code, result, _ = load("orders", ORDERS)
    assert (code, result["orders"], result["unchanged"]) == (0, 0, 2)
    assert Shipment.objects.count() == 2


def test_bad_lines_are_named_and_good_lines_loaded(load):
    lines = [
        b"\xef\xbb\xbf" + json.dumps(ORDERS[0]).encode(),
        b"",
        b"{",
        b"\xff",
        {"order_id": "O-3", "x": 1},
        ORDERS[1],
    ]
    code, result, progress = load("orders", lines)
    assert (code, result["lines"], result["orders"], result["failed"]) == (1, 5, 2, 3)
    assert [(each["line"], each["field"]) for each in result["problems"]] == [(3, ""), (4, ""), (5, "x")]
    assert "line 5: x is not part of the contract" in progress
    assert "line 4: is not UTF-8" in progress


def test_conversations_are_loaded_and_unlinked_ones_counted(load):
    make_order(order_id="O-1")
    opened = {"opened_at": "2026-03-04T10:00:00Z"}
    lines = [
        {"conversation_id": "Z-1", "order_id": "O-1"} | opened,
        {"conversation_id": "Z-2", "order_id": "O-x"} | opened,
    ]
    code, result, progress = load("conversations", lines)
    assert (code, result["conversations"], result["unlinked"]) == (0, 2, 1)
    assert "Load the orders" in progress
    assert Conversation.objects.count() == 2


def test_missing_file_is_named():
    with pytest.raises(CommandError, match="No such file"):
        call_command("load", "orders", "nowhere.jsonl")


def test_person_reads_a_sentence_of_counts(tmp_path):
    file, out = tmp_path / "orders.jsonl", StringIO()
    file.write_text(json.dumps(ORDERS[0]))
    call_command("load", "orders", str(file), stdout=out, stderr=StringIO())
    assert out.getvalue().startswith("lines 1, orders 1, shipments 1, attached 0")
