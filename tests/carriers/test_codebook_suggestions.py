"""What words suggest, and that they never say more than they mean."""

import pytest

from carriers.codebook.suggestions import suggestion
from shipments.facts import Reason, State


@pytest.mark.parametrize(
    ("words", "state", "reason", "because"),
    [
        ("Delivered, front door", State.DELIVERED, "", "delivered"),
        ("Delivered to original sender", State.RETURNED, "", "delivered to original sender"),
        ("Package returned to shipper", State.RETURNED, "", "returned to shipper"),
        ("RETURN TO SENDER", State.RETURNING, "", "return to sender"),
        ("Refused by the recipient", State.ATTEMPTED, Reason.REFUSED, "refused"),
        ("Out for Delivery", State.OUT_FOR_DELIVERY, "", "out for delivery"),
        ("Delivery attempted - notice left", State.ATTEMPTED, Reason.RECIPIENT_UNAVAILABLE, "delivery attempted"),
        ("Shipment held by customs", State.DELAYED, Reason.CUSTOMS_HOLD, "held by customs"),
        ("Customs clearance completed", State.IN_TRANSIT, "", "customs"),
        ("Delayed due to snow", State.DELAYED, Reason.WEATHER, "snow"),
        ("Insufficient address", State.DELAYED, Reason.ADDRESS_ISSUE, "insufficient address"),
        ("Ready for pickup at the locker", State.AVAILABLE_FOR_PICKUP, Reason.HELD_AT_LOCATION, "ready for pickup"),
        ("Shipment information received", State.LABEL_CREATED, "", "information received"),
        ("Colis livré", State.DELIVERED, "", "livre"),
        ("Damaged in transit", State.DAMAGED, Reason.DAMAGED, "damaged"),
        ("Arrived  at\nfacility", State.IN_TRANSIT, "", "arrived"),
    ],
)
def test_words_suggest_a_meaning_and_say_which_words_did(words, state, reason, because):
    found = suggestion(words)
    assert (found.state, found.reason, found.words) == (state, reason, because)


@pytest.mark.parametrize("words", ["", "Event 4711", "Will be delivered tomorrow", "Could not be delivered"])
def test_words_that_no_rule_knows_suggest_nothing(words):
    assert suggestion(words) is None


@pytest.mark.parametrize("words", ["Label created", "Order cancelled", "Customs clearance"])
def test_data_alone_is_never_suggested_to_be_a_scan_of_the_parcel(words):
    assert suggestion(words).physical is False
