"""Each oddity seen in real payloads, for each direct source in which it can occur."""

import pytest

from tests.carriers.samples import DIRECT, latest, scans

ODDITIES = (
    *("newest first", "oldest first", "out of order", "header against the events", "seven digits of a second"),
    *("no time of day", "no zone", "local time", "french", "partial failure", "duplicates", "several parcels"),
)

SAMPLES = {
    ("newest first", "ups"): ("delivered", "delivered"),
    ("newest first", "fedex"): ("delivered", "delivered"),
    ("newest first", "usps"): ("delivered", "delivered"),
    ("newest first", "dhl_universal"): ("delivered", "delivered"),
    ("newest first", "dhl_express"): ("newest_first", "delivered"),
    ("oldest first", "ups"): ("oldest_first", "delivered"),
    ("oldest first", "fedex"): ("oldest_first", "delivered"),
    ("oldest first", "usps"): ("oldest_first", "delivered"),
    ("oldest first", "dhl_universal"): ("oldest_first", "delivered"),
    ("oldest first", "dhl_express"): ("delivered", "delivered"),
    ("out of order", "ups"): ("out_of_order", "delivered"),
    ("out of order", "fedex"): ("out_of_order", "delivered"),
    ("out of order", "usps"): ("out_of_order", "delivered"),
    ("out of order", "dhl_universal"): ("out_of_order", "delivered"),
    ("out of order", "dhl_express"): ("out_of_order", "delivered"),
    ("header against the events", "ups"): ("header_contradicts", "attempted"),
    ("header against the events", "fedex"): ("header_older", "attempted"),
    ("header against the events", "usps"): ("header_contradicts", "attempted"),
    ("header against the events", "dhl_universal"): ("header_older", "delivered"),
    ("header against the events", "dhl_express"): ("header_contradicts", "attempted"),
    ("seven digits of a second", "fedex"): ("seven_digits", "delivered"),
    ("seven digits of a second", "usps"): ("seven_digits", "delivered"),
    ("seven digits of a second", "dhl_universal"): ("seven_digits", "delivered"),
    ("seven digits of a second", "dhl_express"): ("seven_digits", "delivered"),
    ("no time of day", "ups"): ("no_time_of_day", "delivered"),
    ("no time of day", "fedex"): ("mixed_zones", "delivered"),
    ("no time of day", "usps"): ("no_time_of_day", "delivered"),
    ("no time of day", "dhl_universal"): ("no_time_of_day", "delivered"),
    ("no time of day", "dhl_express"): ("no_time_of_day", "delivered"),
    ("no zone", "ups"): ("local_time_without_offset", "in_transit"),
    ("no zone", "fedex"): ("mixed_zones", "delivered"),
    ("no zone", "usps"): ("local_time_called_utc", "delivered"),
    ("no zone", "dhl_universal"): ("local_time_without_offset", "delivered"),
    ("no zone", "dhl_express"): ("local_time_without_offset", "delivered"),
    ("local time", "ups"): ("local_time_with_offset", "in_transit"),
    ("local time", "fedex"): ("delivered", "delivered"),
    ("local time", "usps"): ("local_time_with_offset", "delivered"),
    ("local time", "dhl_universal"): ("delivered", "delivered"),
    ("local time", "dhl_express"): ("delivered", "delivered"),
    ("french", "ups"): ("french", "delivered"),
    ("french", "fedex"): ("french", "delivered"),
    ("french", "dhl_universal"): ("french", "delivered"),
    ("french", "dhl_express"): ("french", "delivered"),
    ("partial failure", "ups"): ("partial_failure", "unknown"),
    ("partial failure", "fedex"): ("partial_failure", "unknown"),
    ("partial failure", "usps"): ("batch", "unknown"),
    ("partial failure", "dhl_express"): ("partial_failure", "unknown"),
    ("duplicates", "ups"): ("identical_results", "delivered"),
    ("duplicates", "fedex"): ("identical_results", "picked_up"),
    ("duplicates", "usps"): ("identical_results", "delivered"),
    ("duplicates", "dhl_universal"): ("identical_results", "in_transit"),
    ("duplicates", "dhl_express"): ("identical_results", "in_transit"),
    ("several parcels", "ups"): ("several_parcels", "delivered"),
    ("several parcels", "fedex"): ("several_pieces", "delivered"),
    ("several parcels", "usps"): ("batch", "unknown"),
    ("several parcels", "dhl_universal"): ("several_parcels", "delivered"),
    ("several parcels", "dhl_express"): ("several_parcels", "in_transit"),
}
"""The sample that shows an oddity, and the state of its latest event (a number not found is dated by its receipt)."""

CANNOT = {
    ("seven digits of a second", "ups"): "its times are whole seconds (HHMMSS)",
    ("french", "usps"): "it answers in English only",
    ("partial failure", "dhl_universal"): "it asks for one number at a time; one it does not know is a 404 of its own",
}


@pytest.mark.parametrize("source", DIRECT)
@pytest.mark.parametrize("oddity", ODDITIES)
def test_oddity_is_read_to_its_end_or_cannot_occur(oddity, source):
    shown = SAMPLES.get((oddity, source))
    assert (shown is None) == ((oddity, source) in CANNOT)
    if shown:
        assert latest(source, shown[0]).state == shown[1]


@pytest.mark.parametrize("source", DIRECT)
def test_samples_of_an_order_have_that_order(source):
    for oddity in ("newest first", "oldest first", "out of order"):
        told = [scan.occurred_at for scan in scans(source, SAMPLES[oddity, source][0])]
        found = {"newest first": told == sorted(told, reverse=True), "oldest first": told == sorted(told)}
        assert found == {name: name == oddity for name in found}
