"""The policy's pages: read by everybody, edited by its owner, every figure with its rows, few queries."""

import copy
import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exceptions_queue import actions
from exceptions_queue.models import Observation, PolicyEvent, PolicyState, PolicyVersion
from exceptions_queue.policy.clauses import PARTS, clause_of, input_name, normal
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.transitions import CaseState, Role
from tests.factories import NOW, make_case, make_policy, make_shipment, make_user

pytestmark = pytest.mark.django_db(transaction=True)
READ = [
    "/policy/",
    "/policy/draft/",
    "/policy/versions/",
    "/policy/versions/1/",
    "/policy/checklist/",
    "/policy/observed/",
]
READ += [
    "/policy/shadow/",
    "/policy/unjudged/",
    "/policy/rules/stalled/",
    *(f"/policy/?part={part.slug}" for part in PARTS),
]


@pytest.fixture(autouse=True)
def _at_now():
    make_policy()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    person = make_user(Role.OPERATIONS, first_name="Olga", last_name="Petrov")
    client.force_login(person)
    return person


def text(response):
    plain = re.sub(r"<script.*?</script>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(plain.replace("&#x27;", "'").split())


def given(key, part="rules", number=2, verb="save", **values):
    """Return what the sentence's form sends."""
    clause = clause_of(normal(PolicyVersion.objects.get(number=number).document), part, key)
    data = {input_name(field.path): field.typed for field in clause.fields}
    for name, value in values.items():
        data[next(each for each in data if each.endswith(f"/{name}"))] = value
    return data | {"number": number, "key": key, "was": clause.was, "verb": verb}


def observe(**overrides):
    values = {
        "policy": PolicyVersion.objects.get(number=1),
        "mode": "outside",
        "findings": ["attempted"],
        "level": "case",
        "score": 30,
        "team": "support",
        "summary": "UPS tried to deliver once.",
        "first_at": NOW,
        "last_at": NOW,
    }
    shipment = overrides.pop("shipment", None) or make_shipment()
    return Observation.objects.create(shipment=shipment, **values | overrides)


@pytest.mark.parametrize("address", READ)
@pytest.mark.parametrize("role", [Role.SUPPORT, Role.OPERATIONS])
def test_everybody_with_a_role_reads_the_policy(client, address, role):
    client.force_login(make_user(role))
    assert client.get(address).status_code == 200


def test_a_stranger_does_not(client):
    client.force_login(make_user(None))
    assert client.get("/policy/").status_code == 403


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.MANAGER])
def test_only_the_owner_edits(client, role):
    client.force_login(make_user(role))
    for name in ("start", "change", "look-for", "publish", "shadow", "stop-shadow", "discard"):
        assert client.post(f"/policy/draft/{name}/", {"number": 1}).status_code == 403
    assert client.post("/policy/versions/1/publish-again/", {}).status_code == 403
    assert (PolicyVersion.objects.count(), PolicyEvent.objects.count()) == (1, 0)
    assert "Begin a draft" not in text(client.get("/policy/"))


def test_the_rail_has_the_policy_for_its_owner_and_for_managers(client):
    shown = {}
    for role in Role:
        client.force_login(make_user(role))
        shown[role] = 'href="/policy/"' in client.get("/").content.decode()
    assert {role for role, there in shown.items() if there} == {Role.OPERATIONS, Role.MANAGER}


def test_the_policy_reads_as_sentences_with_what_each_hit(client, owner):
    for worth in (True, True, False, None):
        make_case(headline=FindingKind.STALLED, state=CaseState.CLOSED, worth_it=worth)
    said = text(client.get("/policy/"))
    assert "Open “stalled” for fulfillment when a parcel shows no physical scan for 5 operating days" in said
    assert "For USPS express parcels: 4 operating days" in said
    assert "4 cases in 30 days, 2 of 3 worth it small sample" in said


def test_a_figure_opens_its_rows(client, owner):
    good, bad = (
        make_case(state=CaseState.CLOSED, worth_it=worth, summary=f"Worth {worth}.") for worth in (True, False)
    )
    assert "2 cases in 30 days" in text(client.get("/policy/rules/stalled/"))
    rows = client.get("/policy/rules/stalled/?worth=yes").context["page"].rows
    assert [row.pk for row in rows] == [good.pk]
    assert [row.pk for row in client.get("/policy/rules/stalled/?worth=no").context["page"].rows] == [bad.pk]
    narrowed = client.get("/policy/rules/stalled/?worth=no&text=nobody")
    assert narrowed.context["page"].rows == []
    assert "No case fits these filters" in text(narrowed)
    assert 'href="?worth=no"' in narrowed.content.decode()
    rows = client.get("/policy/rules/stalled/?sort=oldest").context["page"].rows
    assert [row.pk for row in rows] == [good.pk, bad.pk]
    assert client.get("/policy/rules/nonsense/").status_code == 404
    assert "Never fired This rule does nothing yet" in text(client.get("/policy/rules/lost/"))
    make_case(headline=FindingKind.DAMAGED, opened_at=NOW - timedelta(days=40))
    assert "No case in 30 days, last fired 40 d ago" in text(client.get("/policy/rules/damaged/"))
    policy = text(client.get("/policy/"))
    assert "No case in 30 days last fired 40 d ago" in policy
    assert "No case in 30 days Never fired" in policy


def test_a_draft_begins_and_its_differences_are_told(client, owner):
    response = client.post("/policy/draft/start/", follow=True)
    assert "Draft 2 begins from version 1" in text(response)
    response = client.post("/policy/draft/change/", given("stalled", days="4"), follow=True)
    assert response.redirect_chain[-1][0] == "/policy/draft/#stalled"
    assert "Changes 1 thing" in text(response)
    assert "Stalled: 4 operating days without a physical scan, was 5." in text(response)
    assert "Open version 2" in text(client.get("/policy/"))


def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_written(client, owner):
    client.post("/policy/draft/start/")
    response = client.post("/policy/draft/change/", given("stalled", days="many"))
    assert response.status_code == 422
    page = response.content.decode()
    field = page[page.index('value="many"') :][:600]
    assert 'aria-invalid="true"' in field
    assert "&#x27;many&#x27; is not a number: write a number such as 3." in field
    assert PolicyVersion.objects.get(number=2).document == DEFAULT_POLICY
    assert PolicyEvent.objects.filter(kind="edited").count() == 0


def test_htmx_gets_the_refused_sentence_as_a_page_it_swaps(client, owner):
    client.post("/policy/draft/start/")
    response = client.post("/policy/draft/change/", given("stalled", days="0"), headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "0 is too small: write 1 days or more." in text(response)


@pytest.mark.parametrize(
    ("part", "key", "values", "told"),
    [
        ("score", "levels", {"case": "25"}, "Levels: 25 points for a case, was 20."),
        (
            "answers",
            "messages:findings",
            {"lost": "none"},
            "Messages about problems: of “lost” a customer hears nothing",
        ),
        ("money", "approvals:USD", {"finance": "no limit"}, "Limits in USD: finance without limit, was 500."),
        ("clocks", "team:finance", {"fri": ""}, "Hours of finance: no hours on Friday, was 09:00-12:00"),
        ("reach", "scope", {"carriers": "ups"}, "Scope: carriers UPS, was all."),
        (
            "rules",
            "stalled:new",
            {"carrier": "ups", "days": "6"},
            "Stalled, UPS: added “For UPS parcels: 6 operating",
        ),
    ],
)
def test_every_part_can_be_edited(client, owner, part, key, values, told):
    client.post("/policy/draft/start/")
    response = client.post(f"/policy/draft/change/?part={part}", given(key, part, **values), follow=True)
    assert told in text(response)


@pytest.mark.parametrize("verb", ["up", "remove"])
def test_an_exception_is_moved_and_taken_out(client, owner, verb):
    client.post("/policy/draft/start/")
    response = client.post("/policy/draft/change/", given("stalled::ground", verb=verb), follow=True)
    assert ("Stalled, ground: tried earlier" if verb == "up" else "Stalled, ground: taken out") in text(response)


def test_a_rule_is_switched_off_and_says_so(client, owner):
    client.post("/policy/draft/start/")
    response = client.post("/policy/draft/change/", given("lost", verb="switch"), follow=True)
    assert "Lost is switched off." in text(response)
    assert "Switched off" in text(response)


def test_publishing_asks_why_and_brings_the_draft_into_force(client, owner):
    client.post("/policy/draft/start/")
    client.post("/policy/draft/change/", given("stalled", days="4"))
    response = client.post("/policy/draft/publish/", {"number": 2, "over": 1, "note": ""})
    assert response.status_code == 422
    assert "This field is required" in text(response)
    response = client.post("/policy/draft/publish/", {"number": 2, "over": 1, "note": "Fewer alarms."}, follow=True)
    assert "Policy 2" in text(response)
    assert "Fewer alarms." in text(response)
    assert PolicyVersion.objects.get(number=1).state == PolicyState.RETIRED


def test_a_refused_publishing_keeps_the_reason_typed(client, owner):
    client.post("/policy/draft/start/")
    response = client.post("/policy/draft/publish/", {"number": 2, "over": 7, "note": "Fewer alarms."})
    assert response.status_code == 409
    assert "was published meanwhile" in text(response)
    assert "Fewer alarms." in text(response)


def test_a_draft_that_changed_since_it_was_read_is_shown_before_it_is_published(client, owner):
    client.post("/policy/draft/start/")
    read = client.get("/policy/draft/").context["seen"]
    client.post("/policy/draft/change/", given("stalled", days="4"))
    asked = {"number": 2, "over": 1, "note": "Fewer alarms.", "seen": read}
    response = client.post("/policy/draft/publish/", asked)
    assert response.status_code == 409
    assert "Somebody changed version 2 since you looked. Read what it changes now" in text(response)
    assert "4 operating days without a physical scan, was 5." in text(response)
    assert PolicyVersion.objects.published().number == 1
    fresh = response.context["seen"]
    assert f'name="seen" value="{fresh}"' in response.content.decode()
    client.post("/policy/draft/publish/", asked | {"seen": fresh})
    assert PolicyVersion.objects.published().number == 2


def test_rolling_back_from_the_page_of_a_version(client, owner):
    client.post("/policy/draft/start/")
    client.post("/policy/draft/change/", given("stalled", days="4"))
    client.post("/policy/draft/publish/", {"number": 2, "over": 1, "note": "Try."})
    back = text(client.get("/policy/versions/1/"))
    assert "Roll back to it It would change 1 thing against version 2, in force" in back
    assert "Stalled: 5 operating days without a physical scan, was 4." in back
    assert "Why: Try." in text(client.get("/policy/"))
    assert "Roll back to it" not in text(client.get("/policy/versions/2/"))
    assert "Stalled: 4 operating days without a physical scan, was 5." in text(client.get("/policy/versions/2/"))
    response = client.post("/policy/versions/1/publish-again/", {"over": 2, "note": "Too many."}, follow=True)
    assert "Policy 3" in text(response)
    assert "Rolled back to 1: Too many." in text(response)


def test_a_draft_in_shadow_is_compared_and_not_edited(client, owner):
    client.post("/policy/draft/start/")
    client.post("/policy/draft/shadow/", {"number": 2})
    draft = PolicyVersion.objects.get(number=2)
    assert draft.state == "shadow"
    page = client.get("/policy/draft/")
    assert "In shadow" in text(page)
    assert "Stop the shadow and edit" in text(page)
    assert "Save" not in text(page)
    both, live_only = make_case(), make_case(owner_team="fulfillment")
    recovered = make_case(state=CaseState.RECOVERED)
    recovered.findings.update(cleared_at=NOW - timedelta(hours=1))
    observe(policy=draft, mode="shadow", shipment=both.shipment)
    alone = observe(policy=draft, mode="shadow", summary="Only the draft.")
    page = client.get("/policy/shadow/")
    assert page.context["total"] == {"live": 2, "shadow": 2, "both": 1, "only_live": 1, "only_shadow": 1}
    assert [row.pk for row in page.context["page"].rows] == [alone.pk]
    assert [row.pk for row in client.get("/policy/shadow/?side=only_live").context["page"].rows] == [live_only.pk]
    assert [row.pk for row in client.get("/policy/shadow/?side=both&team=support").context["page"].rows] == [both.pk]
    assert client.get("/policy/shadow/?side=both&team=finance").context["page"].rows == []
    for side, team, parcels in (
        ("live", "", {both.shipment_id, live_only.shipment_id}),
        ("live", "fulfillment", {live_only.shipment_id}),
        ("shadow", "", {both.shipment_id, alone.shipment_id}),
        ("shadow", "support", {both.shipment_id, alone.shipment_id}),
        ("shadow", "fulfillment", set()),
    ):
        rows = client.get(f"/policy/shadow/?side={side}&team={team}").context["page"].rows
        assert {row.shipment_id for row in rows} == parcels
    client.post("/policy/draft/stop-shadow/", {"number": 2})
    assert PolicyVersion.objects.get(number=2).state == "draft"


def test_what_is_outside_the_scope_of_a_draft_in_shadow_is_not_counted_as_opened(client, owner):
    client.post("/policy/draft/start/")
    client.post("/policy/draft/change/?part=reach", given("scope", "reach", carriers="ups", teams="support"))
    client.post("/policy/draft/shadow/", {"number": 2})
    draft = PolicyVersion.objects.get(number=2)
    goes_on = make_case(shipment=make_shipment(carrier="fedex"))
    observe(policy=draft, mode="shadow", shipment=goes_on.shipment)
    inside = observe(policy=draft, mode="shadow", shipment=make_shipment(carrier="ups"))
    observe(policy=draft, mode="shadow", shipment=make_shipment(carrier="fedex"))
    observe(policy=draft, mode="shadow", shipment=make_shipment(carrier="ups"), team="finance")
    page = client.get("/policy/shadow/")
    assert page.context["total"] == {"live": 1, "shadow": 2, "both": 1, "only_live": 0, "only_shadow": 1}
    assert [row.pk for row in page.context["page"].rows] == [inside.pk]
    assert "What is outside the draft’s own scope it would only observe" in text(page)


def test_a_discarded_draft_makes_room_for_another(client, owner):
    client.post("/policy/draft/start/")
    assert "is put away" in text(client.post("/policy/draft/discard/", {"number": 2}, follow=True))
    assert "Nothing is being changed" in text(client.get("/policy/draft/"))
    assert "Draft 3 begins from version 2" in text(client.post("/policy/draft/start/", {"number": 2}, follow=True))


def test_a_rule_the_draft_lacks_is_added(client, owner):
    lacking = copy.deepcopy(DEFAULT_POLICY)
    del lacking["detectors"]["lost"]
    make_policy(number=2, state="draft", document=lacking)
    assert "Also look for" in text(client.get("/policy/draft/"))
    response = client.post("/policy/draft/look-for/", {"number": 2, "kind": "lost"}, follow=True)
    assert "Lost: added" in text(response)


def test_what_is_observed_is_filtered_and_opened(client, owner):
    parcel = make_shipment(state="attempted", carrier="fedex", review_due_at=None)
    seen = observe(shipment=parcel)
    observe(team="finance", findings=["refund_overdue"])
    assert client.get("/policy/observed/").context["total"] == "2 observed"
    rows = client.get("/policy/observed/?team=support&finding=attempted&carrier=fedex").context["page"].rows
    assert [row.pk for row in rows] == [seen.pk]
    response = client.post(f"/policy/observed/{seen.pk}/open/")
    case = parcel.cases.get()
    assert response.url == f"/queue/{case.pk}/"


def test_the_scope_is_widened_by_one_press(client, owner):
    narrow = {**DEFAULT_POLICY, "scope": {"carriers": ["ups"], "storefronts": [], "teams": []}}
    make_policy(number=2, state="draft", document=narrow)
    actions.publish(number=2, over=1, note="First week.", by=owner, now=NOW)
    seen = observe(shipment=make_shipment(carrier="fedex"))
    response = client.post(f"/policy/observed/{seen.pk}/widen/", follow=True)
    assert "Draft 3: Scope: carriers now with FedEx. Publish it to open them." in text(response)


def test_a_scope_with_a_name_no_parcel_has_says_that_it_opens_nothing(client, owner):
    make_shipment(carrier="dhl_express")
    client.post("/policy/draft/start/")
    change = given("scope", "reach", carriers="DHL, dhl_express", storefronts="nowhere")
    page = text(client.post("/policy/draft/change/?part=reach", change, follow=True))
    nothing = "of which no parcel is stored: it opens nothing."
    assert f"The scope names the carrier “DHL”, {nothing} Did you mean “dhl_express”?" in page
    assert f"The scope names the storefront “nowhere”, {nothing}" in page
    assert "the carrier “dhl_express”" not in page
    client.post("/policy/draft/publish/", {"number": 2, "over": 1, "note": "First week."})
    assert f"The scope names the storefront “nowhere”, {nothing}" in text(client.get("/policy/"))


def test_the_order_of_what_is_observed_keeps_its_filters(client, owner):
    observe(shipment=make_shipment(carrier="fedex"))
    page = client.get("/policy/observed/?carrier=fedex").content.decode()
    assert 'href="?carrier=fedex&amp;sort=newest"' in page
    assert '<option value="fedex" selected>FedEx</option>' in page


def test_a_version_nobody_can_read_says_so(client, owner):
    make_policy(number=2, state="retired", document={"format": 99})
    assert "cannot be read today" in text(client.get("/policy/versions/2/"))


def test_a_parcel_no_rule_could_judge_is_listed_with_its_reason(client, owner):
    make_shipment(unjudged_reason="ZeroDivisionError: by zero")
    assert "1 parcel no rule could judge" in text(client.get("/policy/"))
    assert "ZeroDivisionError: by zero" in text(client.get("/policy/unjudged/"))


@pytest.mark.parametrize(
    "address",
    [
        "/policy/",
        "/policy/draft/",
        "/policy/versions/",
        "/policy/versions/2/",
        "/policy/observed/",
        "/policy/shadow/",
        "/policy/rules/stalled/",
    ],
)
def test_the_number_of_queries_is_small_and_does_not_grow(client, owner, address):
    client.post("/policy/draft/start/")
    client.post("/policy/draft/shadow/", {"number": 2})
    draft = PolicyVersion.objects.get(number=2)

    def queries(rows):
        for _ in range(rows):
            make_case()
            observe()
            observe(policy=draft, mode="shadow")
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        return len(found)

    queries(1)
    few = queries(1)
    assert queries(12) == few
    assert few <= 12
