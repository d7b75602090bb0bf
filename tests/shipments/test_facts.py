"""One spelling for a carrier, whichever aggregator names it."""

import pytest

from shipments.facts import carrier_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("UPS", "ups"),
        ("UPSDAP", "ups"),
        ("ups_walleted", "ups"),
        ("ups-mi", "ups_mi"),
        ("FedEx", "fedex"),
        ("fedex_walleted", "fedex"),
        ("USPS", "usps"),
        ("stamps_com", "usps"),
        ("endicia", "usps"),
        ("DHL Express", "dhl_express"),
        ("dhl_express_worldwide", "dhl_express"),
        ("mydhl", "dhl_express"),
        ("Canada Post", "canadapost"),
        ("canada-post", "canadapost"),
        ("canada_post", "canadapost"),
        ("Royal Mail", "royalmail"),
        ("royal-mail", "royalmail"),
        ("australia-post", "australiapost"),
        ("La Poste", "laposte"),
        ("China Post", "china_post"),
        ("dpd-uk", "dpd-uk"),
    ],
)
def test_carrier_has_one_spelling(name, slug):
    assert carrier_slug(name) == slug
