import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exceptions_queue.models import Case, Decision, FollowUp, Leg
from exceptions_queue.policies import policy_of
from exceptions_queue.policy.situation import FindingKind, Severity, Team
from exceptions_queue.transitions import CaseState, DecisionKind, Outcome, Role
from tests.exceptions_queue.people import everything
from tests.factories import (
    NOW,
    document_in,
    make_case,
    make_conversation,
    make_event,
    make_finding,
    make_follow_up,
    make_policy,
    make_shipment,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def agent():
    return make_user(Role.SUPPORT, first_name="Sam", last_name="Rivera")


@pytest.fixture
def held(agent):
    return make_case(claimed_by=agent)


@pytest.fixture
def page(client: Client, agent) -> Client:
    client.force_login(agent)
    return client


def text_of(client: Client, case: Case) -> str:
    response = client.get(f"/queue/{case.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_page_tells_the_story_and_the_next_action(page, held):
    make_event(held.shipment, occurred_at=NOW - timedelta(days=5))
    make_event(held.shipment, occurred_at=NOW - timedelta(days=2), raw_code="I:DP")
    make_conversation(shipment=held.shipment)
    text = text_of(page, held)
    for words in (
        "Ask the carrier where it is",
        "You hold this case",
        "3 days without a physical scan",
        "2 days without a physical scan, and counting",
        "I:DP",
        "The customer wrote: where is my order",
        "points under policy",
    ):
        assert words in text


@pytest.mark.parametrize("extra", [1, 12])
def test_page_needs_the_same_few_queries_however_long_the_story(page, held, extra):
    for number in range(extra):
        make_event(held.shipment, occurred_at=NOW - timedelta(hours=number))
        make_conversation(shipment=held.shipment)
        make_shipment(order=held.shipment.order)
        make_follow_up(held)
    policy_of(held.policy_id)  # A process reads it once in its life.
    with CaptureQueriesContext(connection) as caught:
        page.get(f"/queue/{held.pk}/")
    assert len(caught) == 16


@pytest.mark.parametrize("role", list(Role))
def test_everybody_with_a_role_may_read_a_case(client, role):
    client.force_login(make_user(role))
    text_of(client, make_case())


def test_a_case_nobody_may_see_is_a_404(client):
    client.force_login(make_user(None))
    assert client.get(f"/queue/{make_case().pk}/").status_code == 404


def test_decisions_are_offered_to_the_holder_only(page, agent):
    free = make_case()
    assert "Take this case to decide" in text_of(page, free)
    assert "Message the customer" not in text_of(page, free)
    assert "Message the customer" in text_of(page, make_case(claimed_by=agent))


def test_the_person_who_holds_it_is_shown_to_others(page):
    case = make_case(claimed_by=make_user(Role.SUPPORT, first_name="Ana", last_name="Diaz"))
    text = text_of(page, case)
    assert "Ana Diaz holds this case until 15:10 UTC" in text
    assert "Take over" in text


def test_cleared_findings_and_closed_cases_are_told(page):
    case = make_case(state=CaseState.CLOSED)
    make_finding(case, sentence="It stood still.", cleared_at=NOW)
    text = text_of(page, case)
    assert "Nothing more to do" in text
    assert "cleared" in text


def test_claim_puts_the_case_into_my_hands(page, agent):
    case = make_case()
    response = page.post(f"/queue/{case.pk}/claim/")
    case.refresh_from_db()
    assert (response["Location"], case.claimed_by) == (f"/queue/{case.pk}/", agent)


def test_take_next_opens_the_most_urgent_case(page):
    make_case(severity=Severity.LOW)
    worst = make_case(severity=Severity.CRITICAL)
    assert page.post("/queue/take-next/")["Location"] == f"/queue/{worst.pk}/"


def test_take_next_with_nothing_left_goes_to_my_day(page):
    response = page.post("/queue/take-next/", follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert "Nothing more waits for you" in response.content.decode()


def test_a_decision_lands_on_the_next_case_and_names_what_was_done(page, held):
    following = make_case()
    posted = {"kind": "not_worth_a_case", "note": "Moved again."}
    response = page.post(f"/queue/{held.pk}/decide/", posted, follow=True)
    assert response.redirect_chain == [(f"/queue/{following.pk}/", 302)]
    assert f"Case {held.pk}: not worth a case." in response.content.decode()
    assert Decision.objects.get().note == "Moved again."


def test_stay_keeps_the_person_on_the_case(page, held):
    make_case()
    response = page.post(f"/queue/{held.pk}/decide/", {"kind": "not_worth_a_case", "then": "stay"})
    assert response["Location"] == f"/queue/{held.pk}/"


def test_a_refused_decision_is_a_sentence_on_the_fresh_page_with_what_was_typed(page):
    case = make_case(claimed_by=make_user(Role.SUPPORT, first_name="Ana"))
    before = everything()
    response = page.post(f"/queue/{case.pk}/decide/", {"kind": "keep_waiting", "note": "Ask again"})
    assert response.status_code == 409
    assert "take it over first" in response.content.decode()
    assert "Ask again" in response.content.decode()
    assert everything() == before


@pytest.mark.parametrize(
    ("verb", "typed"),
    [
        ("hand-over", {"to_team": "finance", "note": "Long thought"}),
        ("wait", {"waiting_on": "carrier", "when": "1", "note": "Long thought"}),
        ("close", {"reason": "Long thought"}),
        ("note", {"text": "Long thought"}),
        ("decide", {"kind": "keep_waiting", "note": "Long thought"}),
    ],
)
def test_what_was_typed_survives_somebody_elses_closing_of_the_case(page, verb, typed):
    case = make_case(state=CaseState.CLOSED)
    response = page.post(f"/queue/{case.pk}/{verb}/", typed)
    assert response.status_code == 409
    assert "Long thought" in response.content.decode()


def test_a_decision_without_its_amount_keeps_the_note(page, held):
    response = page.post(f"/queue/{held.pk}/decide/", {"kind": "refund", "note": "Broken glass", "currency": "USD"})
    assert response.status_code == 422
    assert "Broken glass" in response.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("kind", ["", "nonsense", "restock"])
def test_a_decision_not_offered_is_refused_without_a_crash(page, held, kind):
    response = page.post(f"/queue/{held.pk}/decide/", {"kind": kind})
    assert response.status_code in {409, 422}
    assert not Decision.objects.exists()


def test_hand_over_goes_to_the_team_with_its_note(page, held):
    page.post(f"/queue/{held.pk}/hand-over/", {"to_team": "fulfillment", "note": "Ask UPS.", "then": "stay"})
    held.refresh_from_db()
    assert held.owner_team == Team.FULFILLMENT
    assert Leg.objects.get(case=held, ended_at=None).note == "Ask UPS."


def test_hand_over_without_a_note_keeps_the_case(page, held):
    assert page.post(f"/queue/{held.pk}/hand-over/", {"to_team": "fulfillment", "note": " "}).status_code == 422


@pytest.mark.parametrize(
    ("posted", "until"),
    [
        ({"when": "1"}, NOW.replace(hour=9) + timedelta(days=1)),
        ({"when": "exact", "until": "2026-03-09T12:30"}, NOW.replace(day=9, hour=12, minute=30)),
    ],
)
def test_wait_rests_until_the_time_that_was_chosen(page, held, posted, until):
    page.post(f"/queue/{held.pk}/wait/", {"waiting_on": "customer", "note": "", "then": "stay"} | posted)
    held.refresh_from_db()
    assert (held.state, held.due_at) == (CaseState.WAITING, until)


@pytest.mark.parametrize("posted", [{"when": "exact"}, {"when": "exact", "until": "2026-03-01T12:30"}, {"when": "x"}])
def test_wait_until_no_sensible_time_is_not_accepted(page, held, posted):
    assert page.post(f"/queue/{held.pk}/wait/", {"waiting_on": "customer"} | posted).status_code == 422


def test_times_on_a_case_are_typed_and_shown_on_its_teams_clock(page, agent):
    case = make_case(claimed_by=agent, policy=make_policy(state="retired", document=document_in("America/New_York")))
    text = text_of(page, case)
    assert "Exact time (New York time)" in text
    assert "Answer promised by (New York time)" in text
    assert f'value="{(NOW + timedelta(days=2, hours=-5)):%Y-%m-%dT%H:%M}"' in text
    asked = {"kind": "trace", "channel": "portal", "promised_reply_at": "2026-03-06T12:00", "note": "", "then": "stay"}
    page.post(f"/queue/{case.pk}/follow-up/", asked)
    assert FollowUp.objects.get().promised_reply_at == NOW.replace(day=6, hour=17)
    case = make_case(claimed_by=agent, policy=case.policy)
    rest = {"waiting_on": "customer", "note": "", "when": "exact", "until": "2026-03-09T12:30", "then": "stay"}
    page.post(f"/queue/{case.pk}/wait/", rest)
    case.refresh_from_db()
    assert case.due_at == NOW.replace(day=9, hour=16, minute=30)  # Their clock went forward on the 8th.


def test_a_time_that_was_refused_stands_there_as_it_was_typed(page, agent):
    case = make_case(claimed_by=agent, policy=make_policy(state="retired", document=document_in("America/New_York")))
    typed = {"waiting_on": "customer", "when": "exact", "until": "2026-03-01T12:30"}
    response = page.post(f"/queue/{case.pk}/wait/", typed)
    assert response.status_code == 422
    assert 'value="2026-03-01T12:30"' in response.content.decode()


def test_a_note_stands_in_the_story(page, held):
    page.post(f"/queue/{held.pk}/note/", {"text": "Customer prefers the neighbour."})
    assert "Customer prefers the neighbour." in text_of(page, held)


def test_a_question_to_the_carrier_is_saved_and_the_case_waits(page, held):
    posted = {"kind": "trace", "channel": "portal", "promised_reply_at": "2026-03-06T12:00", "note": "", "then": "stay"}
    page.post(f"/queue/{held.pk}/follow-up/", posted)
    held.refresh_from_db()
    assert held.state == CaseState.WAITING
    assert FollowUp.objects.get().promised_reply_at == NOW.replace(day=6, hour=12)


def test_a_recovered_case_is_closed_with_one_key(page):
    case = make_case(state=CaseState.RECOVERED)
    page.post(f"/queue/{case.pk}/confirm-recovered/", {"then": "stay"})
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED


@pytest.mark.parametrize(("answer", "worth"), [("yes", True), ("no", False), ("", None)])
def test_who_confirms_may_say_whether_it_was_worth_a_case(page, answer, worth):
    case = make_case(state=CaseState.RECOVERED)
    page.post(f"/queue/{case.pk}/confirm-recovered/", {"worth_it": answer, "then": "stay"})
    case.refresh_from_db()
    assert (case.state, case.worth_it) == (CaseState.CLOSED, worth)


def test_every_way_of_closing_asks_whether_it_was_worth_a_case(page, held):
    shown = page.get(f"/queue/{held.pk}/")
    ways = [form for form in shown.content.decode().split("<form")[1:] if f"/queue/{held.pk}/close/" in form]
    recovered = make_case(state=CaseState.RECOVERED)
    confirm = page.get(f"/queue/{recovered.pk}/").content.decode().split("<form")[1:]
    ways += [form for form in confirm if "/confirm-recovered/" in form]
    assert [form.count('type="radio" name="worth_it"') for form in ways] == [3, 3]
    closing = {each.kind for each, *_ in shown.context["decisions"] if each.outcome is Outcome.CLOSES}
    asking = {each.kind for each, form, _ in shown.context["decisions"] if "worth_it" in form.fields}
    assert asking == closing - {DecisionKind.NOT_WORTH_A_CASE}


def test_work_that_is_done_is_closed_with_a_sentence(page, held):
    page.post(f"/queue/{held.pk}/close/", {"reason": "Sent again by hand.", "worth_it": "yes", "then": "stay"})
    held.refresh_from_db()
    assert (held.state, held.worth_it) == (CaseState.CLOSED, True)


def test_the_open_page_renews_the_claim(page, held):
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        assert page.post(f"/queue/{held.pk}/renew/").status_code == 204
    held.refresh_from_db()
    assert held.claim_expires_at == NOW + timedelta(minutes=15)


def test_a_lost_claim_is_told_while_the_page_is_open(page):
    case = make_case(claimed_by=make_user(Role.SUPPORT, first_name="Ana"))
    told = page.post(f"/queue/{case.pk}/renew/").content.decode()
    assert "What you typed is still here" in told
    assert 'id="lease" hx-swap-oob="true"' in told
    assert "You hold this case" not in told


@pytest.mark.parametrize("verb", ["claim", "take-over", "renew", "release", "hand-over", "wait", "note", "decide"])
def test_verbs_are_posted_and_need_a_visible_case(client, verb):
    case = make_case()
    client.force_login(make_user(None))
    assert client.get(f"/queue/{case.pk}/{verb}/").status_code == 405
    assert client.post(f"/queue/{case.pk}/{verb}/").status_code == 404


def test_refund_form_starts_with_the_orders_value(client):
    finance = make_user(Role.FINANCE)
    client.force_login(finance)
    text = text_of(client, make_case(owner_team=Team.FINANCE, claimed_by=finance))
    assert f'value="{Decimal("80.00")}"' in text


def test_page_says_which_sentences_matched_and_which_facts_were_used(page, held):
    Case.objects.filter(pk=held.pk).update(
        explanation={
            "matched": ["Stalled (ground service): a parcel shows no physical scan for 3 operating days."],
            "rules": ["stalled"],
            "points": [{"rule": "severity", "sentence": "Medium severity.", "points": 20}],
            "near_misses": [{"kind": "lost", "sentence": "Not silent long enough."}],
            "facts": {"carrier": "ups", "last_physical_at": "2026-03-01T15:00:00+00:00"},
        }
    )
    text = text_of(page, held)
    number = held.policy.number
    assert f'<a href="/policy/versions/{number}/#stalled">Stalled (ground service)' in text
    for told in ("Medium severity.", "Not silent long enough.", "Last physical scan", "Sun 1 Mar 15:00 UTC"):
        assert told in text
    assert page.get(f"/policy/versions/{number}/").content.decode().count('id="stalled"') == 1


def test_an_older_explanation_is_still_told(page, held):
    Case.objects.filter(pk=held.pk).update(explanation={"matched": ["Silent for 3 days."]})
    assert "Silent for 3 days." in text_of(page, held)


def test_a_proposal_is_told_as_one_and_its_amount_awaits_the_second_person(client, page, held):
    page.post(f"/queue/{held.pk}/decide/", {"kind": "refund", "amount": "31.50", "currency": "USD", "then": "stay"})
    assert f"Case {held.pk}: refund proposed to finance." in text_of(page, held)
    finance = make_user(Role.FINANCE)
    client.force_login(finance)
    client.post(f"/queue/{held.pk}/claim/")
    assert 'value="31.50"' in text_of(client, held)


@pytest.mark.parametrize("verb", ["claim", "take-over"])
def test_words_that_lost_their_place_come_along_when_the_case_is_taken(page, agent, verb):
    case = make_case(claimed_by=make_user(Role.SUPPORT) if verb == "take-over" else None)
    refused = page.post(f"/queue/{case.pk}/decide/", {"kind": "keep_waiting", "note": "She is <away>."})
    assert refused.status_code == 409
    assert 'name="kept" form="take"' in refused.content.decode()
    taken = page.post(f"/queue/{case.pk}/{verb}/", {"kept_label": ["Note"], "kept": ["She is <away>."]})
    text = taken.content.decode()
    assert taken.status_code == 200
    assert "What you typed, to copy" in text
    assert "She is &lt;away&gt;." in text
    assert Case.objects.get().claimed_by == agent


def test_a_note_too_long_is_refused_and_kept_whole(page, held):
    response = page.post(f"/queue/{held.pk}/note/", {"text": "a" * 5000})
    assert response.status_code == 422
    assert "a" * 5000 in response.content.decode()
    assert "maxlength" not in response.content.decode().split('name="text"')[1].split(">")[0]


def once_of(client: Client, case: Case, verb: str) -> str:
    """Return the name that the page gave the first form of a verb."""
    forms = [form for form in text_of(client, case).split("<form")[1:] if f'/queue/{case.pk}/{verb}/"' in form]
    return forms[0].split('name="once" value="')[1].split('"')[0]


def test_every_form_of_the_page_has_a_name_of_its_own(page, held):
    names = re.findall(r'name="once" value="([^"]+)"', text_of(page, held))
    assert len(names) == len(set(names)) >= 10


@pytest.mark.parametrize(
    ("verb", "posted"),
    [
        ("note", {"text": "Prefers the neighbour."}),
        ("decide", {"kind": "keep_waiting", "note": ""}),
        ("decide", {"kind": "open_trace", "note": ""}),
        ("wait", {"waiting_on": "carrier", "when": "1", "note": ""}),
    ],
)
def test_the_same_form_sent_twice_writes_once_and_ends_on_the_same_page(page, held, verb, posted):
    posted |= {"once": once_of(page, held, verb), "then": "stay"}
    first = page.post(f"/queue/{held.pk}/{verb}/", posted)
    before = everything()
    second = page.post(f"/queue/{held.pk}/{verb}/", posted)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert everything() == before


def test_other_words_in_the_same_form_are_another_note(page, held):
    once = once_of(page, held, "note")
    for text in ("Called, nobody there.", "Called again, he is home after five."):
        page.post(f"/queue/{held.pk}/note/", {"text": text, "once": once})
    assert held.history.filter(kind="note").count() == 2


def test_going_on_twice_takes_one_case_and_lands_on_it_twice(page, agent, held):
    first, _ = make_case(severity=Severity.CRITICAL), make_case()
    posted = {"kind": "keep_waiting", "note": "", "once": once_of(page, held, "decide")}
    landed = [page.post(f"/queue/{held.pk}/decide/", posted)["Location"] for _ in range(2)]
    assert landed == [f"/queue/{first.pk}/"] * 2
    assert list(Case.objects.filter(claimed_by=agent)) == [first]


def test_take_next_pressed_twice_takes_one_case(page, agent):
    first, _ = make_case(severity=Severity.CRITICAL), make_case()
    once = page.get("/queue/").content.decode().split('name="once" value="')[1].split('"')[0]
    landed = [page.post("/queue/take-next/", {"once": once})["Location"] for _ in range(2)]
    assert landed == [f"/queue/{first.pk}/"] * 2
    assert Case.objects.filter(claimed_by=agent).count() == 1


def test_a_name_that_is_none_is_no_crash(page, held):
    assert page.post(f"/queue/{held.pk}/note/", {"text": "x", "once": "nonsense"}).status_code == 422
    assert page.post("/queue/take-next/", {"once": "nonsense"}).status_code == 302


def test_a_closed_case_is_opened_again_with_a_reason(page):
    case = make_case(state=CaseState.CLOSED)
    assert "Open it again" in text_of(page, case)
    assert page.post(f"/queue/{case.pk}/reopen/", {"reason": " "}).status_code == 422
    page.post(f"/queue/{case.pk}/reopen/", {"reason": "The customer wrote again."})
    text = text_of(page, case)
    assert "The customer wrote again." in text
    assert "opened the case again" in text
    assert "Open it again" not in text


def test_words_for_a_case_already_open_again_are_kept(page, held):
    response = page.post(f"/queue/{held.pk}/reopen/", {"reason": "Long thought"})
    assert response.status_code == 409
    assert "Long thought" in response.content.decode()


@pytest.mark.parametrize(
    ("promised_at", "says"),
    [
        (NOW - timedelta(days=9), "UPS takes claims for a lost parcel until Fri 24 Apr 2026. Verify"),
        (NOW - timedelta(days=70), "UPS took claims for a lost parcel until Sun 22 Feb 2026; that is over."),
    ],
)
def test_who_files_a_claim_is_told_until_when_the_carrier_takes_it(client, promised_at, says):
    finn = make_user(Role.FINANCE)
    parcel = make_shipment(carrier="ups", promised_at=promised_at)
    lost = make_case(claimed_by=finn, owner_team="finance", headline=FindingKind.LOST, shipment=parcel)
    client.force_login(finn)
    assert says in text_of(client, lost)
