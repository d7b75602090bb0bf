"""A promised date is the same date wherever it was written; an hour is an instant."""

from datetime import UTC, datetime

import pytest

from shipments.contracts import ContractError, parse_order
from shipments.promises import promised


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2026-03-05T00:00:00+00:00", datetime(2026, 3, 5, tzinfo=UTC)),
        ("2026-03-05T00:00:00-03:00", datetime(2026, 3, 5, tzinfo=UTC)),
        ("2026-03-05T00:00:00+09:00", datetime(2026, 3, 5, tzinfo=UTC)),
        ("2026-03-05T09:00:00+09:00", datetime(2026, 3, 5, tzinfo=UTC)),
        ("2026-03-05T00:00:01-03:00", datetime(2026, 3, 5, 3, 0, 1, tzinfo=UTC)),
        ("2026-03-05T17:00:00-03:00", datetime(2026, 3, 5, 20, tzinfo=UTC)),
    ],
)
def test_a_midnight_is_a_date_and_an_hour_an_instant(written, stored):
    assert promised(datetime.fromisoformat(written)) == stored


@pytest.mark.parametrize("written", ["2026-03-05", "2026-03-05T00:00:00-03:00", "2026-03-05T00:00:00Z"])
def test_an_order_keeps_a_promised_date(written):
    parcel = {"carrier": "ups", "tracking_number": "1Z1", "promised_at": written}
    order = parse_order({"order_id": "1", "storefront": "shop", "promised_at": written, "shipments": [parcel]})
    assert order.promised_at == order.shipments[0].promised_at == datetime(2026, 3, 5, tzinfo=UTC)


def test_an_order_without_an_offset_for_its_hour_is_refused():
    with pytest.raises(ContractError, match="without an offset"):
        parse_order({"order_id": "1", "storefront": "shop", "promised_at": "2026-03-05T17:00:00"})
