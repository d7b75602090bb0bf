import pytest

from shipments.services import service_name


@pytest.mark.parametrize(
    ("service", "carrier", "said"),
    [
        ("GroundAdvantage", "usps", "Ground Advantage"),
        ("groundadvantage", "usps", "Ground Advantage"),
        ("usps_ground_advantage", "usps", "Ground Advantage"),
        ("USPS_GROUND_ADVANTAGE", "usps", "Ground Advantage"),
        ("Priority", "usps", "Priority Mail"),
        ("PRIORITY_MAIL", "usps", "Priority Mail"),
        ("FEDEX_2_DAY", "fedex", "2Day"),
        ("FEDEX_GROUND", "fedex", "Ground"),
        ("GROUND_HOME_DELIVERY", "fedex", "Home Delivery"),
        ("FedEx Priority Overnight", "fedex", "Priority Overnight"),
        ("UPS Ground", "ups", "Ground"),
        ("UPS 2nd Day Air", "ups", "2nd Day Air"),
        ("ups_second_day_air", "ups", "2nd Day Air"),
        ("UPS Next Day Air Saver®", "ups", "Next Day Air Saver"),
        ("EXPRESS WORLDWIDE", "dhl_express", "Express Worldwide"),
        ("DHL Express Worldwide", "dhl_express", "Express Worldwide"),
        ("EuroBusinessParcel", "gls", "Euro Business Parcel"),
        ("Priority", "acme", "Priority"),
        ("tracked_24", "royalmail", "Tracked 24"),
        ("postnl_4934", "postnl", "4934"),
        ("  next   day\t", "dpd", "Next Day"),
        ("UPS", "ups", "UPS"),
        ("中通快递", "zto", "中通快递"),
        ("", "ups", ""),
    ],
)
def test_a_service_is_called_as_people_call_it(service, carrier, said):
    assert service_name(service, carrier) == said
