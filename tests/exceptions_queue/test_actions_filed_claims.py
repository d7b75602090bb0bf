"""A claim that is filed stands in the ledger, with its window, once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from exceptions_queue import actions
from exceptions_queue.models import CarrierClaim
from exceptions_queue.policy.situation import FindingKind, Team
from exceptions_queue.transitions import Role
from tests.exceptions_queue.people import refused
from tests.factories import NOW, make_case, make_shipment, make_user

pytestmark = pytest.mark.django_db
PROMISED = NOW - timedelta(days=9)


@pytest.fixture
def finn():
    return make_user(Role.FINANCE)


def file(by, *, amount="80.00", now=NOW, **overrides):
    case = make_case(
        **{
            "claimed_by": by,
            "owner_team": Team.FINANCE,
            "headline": FindingKind.LOST,
            "shipment": make_shipment(carrier="ups", promised_at=PROMISED),
        }
        | overrides
    )
    actions.decide(case_id=case.pk, kind="file_claim", amount=Decimal(amount), currency="usd", by=by, now=now)
    return case


def test_it_is_kept_with_its_amount_who_filed_it_and_the_policys_window(finn):
    case = file(finn)
    claim = CarrierClaim.objects.get()
    assert (claim.shipment, claim.case, claim.kind, claim.state) == (case.shipment, case, "lost", "filed")
    assert (claim.amount, claim.currency) == (Decimal("80.00"), "USD")
    assert (claim.opens_at, claim.closes_at) == (PROMISED + timedelta(days=1), PROMISED + timedelta(days=60))
    assert (claim.filed_at, claim.filed_by, claim.opened_at) == (NOW, finn, NOW)


def test_damage_is_claimed_as_damage_and_a_carrier_without_a_window_has_no_dates(finn):
    file(finn, headline=FindingKind.DAMAGED, shipment=make_shipment(carrier="gls"))
    claim = CarrierClaim.objects.get()
    assert (claim.kind, claim.opens_at, claim.closes_at) == ("damaged", None, None)


def test_filed_again_it_is_the_same_claim_with_the_new_amount(finn):
    case, later = file(finn), NOW + timedelta(hours=1)
    actions.claim_case(case_id=case.pk, by=make_user(Role.FULFILLMENT), now=later)
    again = case.shipment.cases.get()
    actions.decide(
        case_id=again.pk, kind="file_claim", amount=Decimal(95), currency="USD", by=again.claimed_by, now=later
    )
    claim = CarrierClaim.objects.get()
    assert (claim.amount, claim.opened_at, claim.filed_at) == (Decimal(95), NOW, later)


def test_after_one_that_was_denied_another_is_filed(finn):
    parcel = make_shipment(carrier="ups", promised_at=PROMISED)
    file(finn, shipment=parcel)
    CarrierClaim.objects.update(state="denied")
    parcel.cases.update(state="open", claimed_by=finn, claimed_at=NOW, claim_expires_at=NOW + timedelta(minutes=9))
    case = parcel.cases.get()
    actions.decide(case_id=case.pk, kind="file_claim", amount=Decimal(80), currency="USD", by=finn, now=NOW)
    assert sorted(CarrierClaim.objects.values_list("state", flat=True)) == ["denied", "filed"]


def test_what_is_refused_files_nothing(finn):
    case = make_case(claimed_by=finn, owner_team=Team.FINANCE, headline=FindingKind.LOST)
    told = {"kind": "file_claim", "amount": Decimal(80), "currency": "USD", "until": NOW}
    with refused(actions.TimeIsPast):
        actions.decide(case_id=case.pk, **told, by=finn, now=NOW)
    assert not CarrierClaim.objects.exists()
