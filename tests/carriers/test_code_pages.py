"""The code pages: who sees and does what, what a refusal says, and how many queries it takes."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.messages import get_messages

from carriers.codebook.drafts import Meant, draft_codes, fingerprint
from carriers.codebook.publishing import publish
from carriers.codebook.rereading import reread_history
from carriers.codes import spelled, text_key
from carriers.models import CodeDraft, CodeMapping, CodePublication, HeardCode
from exceptions_queue.models import Case
from shipments.models import Shipment
from tests.factories import NOW, make_case, make_event, make_shipment, make_user

pytestmark = pytest.mark.django_db
LANE, CODES, CODE, DRAFT = "/inbox/unmapped/", "/inbox/codes/", "/inbox/codes/code/", "/inbox/codes/draft/"
PUBLISHED = "/inbox/codes/published/"
PAGES = (LANE, CODES, f"{CODE}?system=ups&code=X:QQ", f"{CODE}?system=ups&code=I:DP", CODE, PUBLISHED)
HTMX = {"HX-Request": "true"}
GIVEN = {"state": "delivered", "reason": "", "physical": "yes", "description": ""}


@pytest.fixture(autouse=True)
def _at_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ada():
    return make_user("operations", first_name="Ada", last_name="Marsh")


@pytest.fixture
def owner(client, ada):
    client.force_login(ada)
    return client


def heard(*keys: str, scans: int = 1, system: str = "ups", words: str = "Left with the cat", **overrides) -> HeardCode:
    """Save a spelling with scans of as many parcels that read unknown because of it."""
    found = spelled(system, keys or ("X:QQ",))
    for _ in range(scans):
        code = "" if found.code.startswith("text:") else found.code
        told = {"raw_code": code, "raw_description": words, "heard_as": found.id, "source": system}
        parcel = make_shipment(state="unknown", unmapped_code=found.code)
        make_event(parcel, state="unknown", mapped=False, physical=False, **told)
    values = {"first_heard_at": NOW - timedelta(days=2), "last_heard_at": NOW, "last_description": words}
    known = {"system": system, "code": found.code, "keys": list(found.keys), "hits": scans}
    return HeardCode.objects.create(pk=found.id, **known | values | overrides)


def drafted(by, *codes: str, meant: Meant | None = None) -> str:
    wanted = [("ups", code) for code in codes or ["X:QQ"]]
    draft_codes(codes=wanted, meant=meant or Meant("delivered"), by=by, now=NOW)
    return fingerprint(CodeDraft.objects.filter(by=by))


def said(response):
    return [str(each) for each in get_messages(response.wsgi_request)]


def shown(client, path, **query):
    response = client.get(path, query)
    assert response.status_code == 200
    return [row.code for row in response.context["page"].rows]


class TestEverybody:
    @pytest.mark.parametrize("path", PAGES)
    @pytest.mark.parametrize("role", ["support", "manager", "operations"])
    def test_whoever_is_signed_in_may_read(self, client, path, role):
        heard()
        client.force_login(make_user(role))
        assert client.get(path).status_code == 200

    @pytest.mark.parametrize("path", [*PAGES, DRAFT])
    def test_a_stranger_is_sent_to_sign_in(self, client, path):
        assert urlsplit(client.get(path)["Location"]).path == "/accounts/login/"

    def test_only_operations_sees_how_to_change_something(self, client):
        heard()
        client.force_login(make_user("support"))
        page = client.get(LANE).text + client.get(f"{CODE}?system=ups&code=X:QQ").text
        assert "/inbox/codes/draft/" not in page
        assert 'id="bulk"' not in page
        assert "Operations decides what codes mean" in page

    @pytest.mark.parametrize(
        "path", [CODE, f"{CODE}?system=ups&code=X:QQ", DRAFT, f"{DRAFT}drop/", f"{LANE}give/", f"{PUBLISHED}1/undo/"]
    )
    def test_others_are_refused_and_nothing_is_written(self, client, ada, path):
        row = heard()
        publish(by=ada, note="Why", seen=drafted(ada, "X:W4"), now=NOW)
        client.force_login(make_user("support"))
        given = GIVEN | {"code": row.pk, "note": "Why", "seen": "x", "do": "give"}
        assert client.post(path, given).status_code == 403
        assert (CodeDraft.objects.count(), CodePublication.objects.count()) == (0, 1)

    @pytest.mark.parametrize("path", PAGES)
    def test_a_page_needs_few_queries_however_much_there_is(self, owner, path, django_assert_max_num_queries):
        for number in range(12):
            heard(f"X:{number}", scans=2)
        heard()
        with django_assert_max_num_queries(12):
            owner.get(path)


class TestLane:
    def test_each_code_stands_once_with_who_told_it(self, owner):
        heard("X:QQ", scans=3)
        heard("X:QQ", "SD:9", scans=2, first_heard_at=NOW - timedelta(days=9))
        heard("I:DP", answered_by="I:DP")
        (row,) = owner.get(LANE).context["page"].rows
        assert (row.code, row.events, row.told.parcels, row.told.more) == ("X:QQ", 5, 5, False)
        assert (row.first_at, row.last_at, len(row.told.samples)) == (NOW - timedelta(days=9), NOW, 3)

    def test_a_spelling_that_a_more_general_row_answers_is_not_counted(self, owner):
        heard("X:QQ")
        heard("X:QQ", "SD:9", scans=4, answered_by="SD:9")
        (row,) = owner.get(LANE).context["page"].rows
        assert (row.events, row.told.parcels) == (1, 1)

    def test_words_suggest_and_say_which_did(self, owner):
        heard(words="Delivered, front porch")
        text = owner.get(LANE).text
        assert "because of “delivered”" in text

    def test_it_narrows_sorts_and_pages(self, owner):
        heard("X:A", scans=3)
        heard("X:B", words="Delivered", last_heard_at=NOW + timedelta(hours=1))
        heard("in_transit:x", system="easypost", scans=2, first_heard_at=NOW - timedelta(hours=1))
        assert shown(owner, LANE) == ["X:A", "in_transit:x", "X:B"]
        assert shown(owner, LANE, sort="last")[0] == "X:B"
        assert shown(owner, LANE, sort="new")[0] == "in_transit:x"
        assert shown(owner, LANE, sort="code") == ["in_transit:x", "X:A", "X:B"]
        assert shown(owner, LANE, system="easypost") == ["in_transit:x"]
        assert shown(owner, LANE, text="deliv") == ["X:B"]
        assert shown(owner, LANE, system="nobody") == []

    def test_pages_join_without_a_gap(self, owner):
        for number in range(53):
            heard(f"X:{number:03}", scans=0, hits=number % 3)
        first = owner.get(LANE).context["page"]
        second = owner.get(LANE, {"after": first.next}).context["page"]
        codes = [row.code for row in (*first.rows, *second.rows)]
        assert len(set(codes)) == len(codes) == 53

    def test_htmx_gets_the_results_alone(self, owner):
        heard()
        assert "<html" not in owner.get(LANE, headers=HTMX).text

    def test_empty_it_says_what_that_means(self, owner):
        assert "Every code that was heard has a meaning" in owner.get(LANE).text
        assert "No unknown code fits these filters" in owner.get(LANE, {"text": "zzz"}).text

    def test_one_meaning_is_drafted_for_the_chosen_codes(self, owner, ada):
        rows = [heard("X:A"), heard("X:B")]
        response = owner.post(f"{LANE}give/", GIVEN | {"code": [row.pk for row in rows], "do": "give"})
        assert said(response) == ["2 codes drafted. Nothing changes until you publish the draft."]
        assert set(CodeDraft.objects.values_list("by", "code", "state")) == {
            (ada.pk, "X:A", "delivered"),
            (ada.pk, "X:B", "delivered"),
        }
        assert "in your draft" in owner.get(LANE).text

    def test_suggestions_are_drafted_where_there_are_any(self, owner):
        rows = [heard("X:A", words="Delivered to the porch"), heard("X:B", words="Zzz")]
        response = owner.post(f"{LANE}give/", {"code": [row.pk for row in rows], "do": "suggest"})
        assert said(response)[0].startswith("1 code drafted.")
        assert "1 code left alone" in said(response)[0]
        assert CodeDraft.objects.get().description == "Delivered to the porch"

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"do": "give"}, "Tick the codes first"),
            ({"code": "nonsense", "do": "give"}, "Tick the codes first"),
            ({"code": "9" * 30, "do": "give"}, "Tick the codes first"),
        ],
    )
    def test_without_a_choice_nothing_is_drafted(self, owner, given, says):
        assert says in said(owner.post(f"{LANE}give/", GIVEN | given))[0]
        assert not CodeDraft.objects.exists()

    def test_without_a_state_nothing_is_drafted(self, owner):
        response = owner.post(f"{LANE}give/", GIVEN | {"code": heard().pk, "state": "", "do": "give"})
        assert "Choose what the codes mean" in said(response)[0]
        assert not CodeDraft.objects.exists()


class TestCodes:
    def test_hits_are_those_a_row_answered_and_the_most_heard_comes_first(self, owner):
        heard("I:DP", answered_by="I:DP", hits=7, scans=0)
        heard("I:XX", "I:DP", answered_by="I:DP", hits=2, scans=0)
        row = owner.get(CODES).context["page"].rows[0]
        assert (row.code, row.hits, row.heard_at) == ("I:DP", 9, NOW)

    def test_it_narrows_by_everything(self, owner, ada):
        heard("I:DP", answered_by="I:DP", hits=7, scans=0)
        publish(by=ada, note="Why", seen=drafted(ada), now=NOW)
        assert shown(owner, CODES, changed="yes") == ["X:QQ"]
        assert shown(owner, CODES, heard="yes") == ["I:DP"]
        assert shown(owner, CODES, text="x:qq") == ["X:QQ"]
        assert set(shown(owner, CODES, state="lost", system="ups", sort="code")) <= set(
            CodeMapping.objects.filter(system="ups", state="lost").values_list("code", flat=True)
        )
        assert shown(owner, CODES, confidence="people") == ["X:QQ"]
        assert shown(owner, CODES, sort="changed")[0]
        assert shown(owner, CODES, system="nobody") == []

    @pytest.mark.parametrize("sort", ["heard", "last", "code", "changed"])
    def test_pages_join_without_a_gap_in_every_order(self, owner, sort):
        first = owner.get(CODES, {"sort": sort}).context["page"]
        second = owner.get(CODES, {"sort": sort, "after": first.next}).context["page"]
        back = owner.get(CODES, {"sort": sort, "before": second.previous}).context["page"]
        assert len({row.pk for row in (*first.rows, *second.rows)}) == 100
        assert [row.pk for row in back.rows] == [row.pk for row in first.rows]


class TestCode:
    def test_it_says_what_it_means_who_told_it_and_what_was_published(self, owner, ada):
        heard(scans=2)
        publish(by=ada, note="Ticket 4711.", seen=drafted(ada), now=NOW)
        text = owner.get(CODE, {"system": "ups", "code": "X:QQ"}).text
        assert all(words in text for words in ("Ada Marsh", "by 2 parcels", "“Left with the cat”", "Ticket 4711."))

    def test_a_meaning_is_drafted(self, owner):
        response = owner.post(f"{CODE}?system=ups&code=X:QQ", GIVEN | {"do": "draft"})
        assert response["Location"] == DRAFT
        assert CodeDraft.objects.get().state == "delivered"

    def test_a_code_is_drafted_to_mean_nothing(self, owner):
        owner.post(f"{CODE}?system=ups&code=I:DP", {"do": "unmap"})
        assert CodeDraft.objects.get().unmaps

    def test_a_code_nobody_heard_is_added(self, owner):
        owner.post(CODE, GIVEN | {"system": "ups", "code": " X:NEW ", "do": "draft"})
        assert CodeDraft.objects.get().code == "X:NEW"

    @pytest.mark.parametrize(("name", "path"), [("state", f"{CODE}?system=ups&code=X:QQ"), ("code", CODE)])
    def test_what_is_missing_is_named_at_its_field(self, owner, name, path):
        response = owner.post(path, GIVEN | {"system": "ups", "code": "X:N"} | {name: ""})
        assert response.status_code == 422
        assert response.context["form"].errors[name] == ["This field is required."]
        assert not CodeDraft.objects.exists()

    def test_a_meaning_it_has_already_is_said_to_be_nothing_new(self, owner):
        row = CodeMapping.objects.get(system="ups", code="I:DP")
        given = {"state": row.state, "reason": row.reason, "physical": "yes" if row.physical else "no"}
        assert "means that already" in said(owner.post(f"{CODE}?system=ups&code=I:DP", given))[0]

    def test_a_code_made_of_words_is_shown_as_words(self, owner):
        heard(text_key("Left with the cat"))
        assert "“left with the cat”" in owner.get(CODE, {"system": "ups", "code": text_key("Left with the cat")}).text


class TestDraft:
    def test_it_shows_what_publishing_would_change(self, owner, ada):
        row = heard(scans=2)
        make_case(shipment=Shipment.objects.first())
        drafted(ada)
        response = owner.get(DRAFT)
        preview = response.context["preview"]
        assert (preview.events, preview.parcels, preview.moving, preview.cases) == (2, 2, 2, 1)
        assert row.code in response.text

    def test_publishing_it_goes_to_the_publication(self, owner, ada):
        heard()
        response = owner.post(DRAFT, {"note": "Ticket 4711.", "seen": drafted(ada)})
        assert response["Location"] == f"{PUBLISHED}1/"
        assert CodePublication.objects.get().note == "Ticket 4711."

    def test_without_why_the_field_says_so_and_nothing_is_published(self, owner, ada):
        response = owner.post(DRAFT, {"note": "", "seen": drafted(ada)})
        assert response.status_code == 422
        assert response.context["form"].errors["note"]
        assert not CodePublication.objects.exists()

    def test_a_draft_that_changed_is_shown_again_with_what_was_typed(self, owner, ada):
        seen = drafted(ada)
        drafted(ada, "X:W4")
        response = owner.post(DRAFT, {"note": "Ticket 4711.", "seen": seen})
        assert response.status_code == 409
        assert "changed since you looked" in response.text
        assert "Ticket 4711." in response.text
        assert fingerprint(CodeDraft.objects.all()) in response.text
        assert not CodePublication.objects.exists()

    def test_one_draft_or_all_are_thrown_away(self, owner, ada):
        drafted(ada, "X:A", "X:B", "X:C")
        owner.post(f"{DRAFT}drop/", {"draft": CodeDraft.objects.first().pk})
        assert CodeDraft.objects.count() == 2
        assert "2 drafts thrown away." in said(owner.post(f"{DRAFT}drop/", {"all": "1"}))

    def test_empty_it_says_where_to_begin(self, owner):
        assert "Your draft is empty" in owner.get(DRAFT).text

    def test_it_needs_few_queries_however_much_would_change(self, owner, ada, django_assert_max_num_queries):
        heard(scans=30)
        drafted(ada)
        with django_assert_max_num_queries(12 + 2):  # the two are savepoints, which only a test has
            owner.get(DRAFT)


class TestPublication:
    def test_its_bar_asks_again_until_history_is_read(self, owner, ada):
        heard(scans=2)
        publish(by=ada, note="Why", seen=drafted(ada), now=NOW)
        before = owner.get(f"{PUBLISHED}1/progress/")
        reread_history(now=NOW)
        after = owner.get(f"{PUBLISHED}1/progress/")
        assert ('hx-trigger="every 1s"' in before.text, 'hx-trigger="every 1s"' in after.text) == (True, False)
        assert "2 mean something else now" in after.text
        assert "history follows" not in owner.get(PUBLISHED).text

    def test_it_is_undone_by_one_click(self, owner, ada):
        publish(by=ada, note="Why", seen=drafted(ada), now=NOW)
        response = owner.post(f"{PUBLISHED}1/undo/")
        assert response["Location"] == f"{PUBLISHED}2/"
        assert "taken back by" in owner.get(f"{PUBLISHED}1/").text
        assert "Undo this publication" not in owner.get(f"{PUBLISHED}1/").text

    def test_undone_a_second_time_it_says_why_not(self, owner, ada):
        publish(by=ada, note="Why", seen=drafted(ada), now=NOW)
        owner.post(f"{PUBLISHED}1/undo/")
        assert "already taken back" in said(owner.post(f"{PUBLISHED}1/undo/"))[-1]
        assert CodePublication.objects.count() == 2

    @pytest.mark.parametrize("path", ["7/", "7/progress/"])
    def test_one_nobody_published_is_not_found(self, owner, path):
        assert owner.get(f"{PUBLISHED}{path}").status_code == 404

    def test_the_pages_of_a_parcel_and_its_case_say_what_was_corrected(self, owner, ada):
        heard()
        parcel = Shipment.objects.get()
        case = make_case(shipment=parcel)
        publish(by=ada, note="Why", seen=drafted(ada), now=NOW)
        reread_history(now=NOW)
        told = "Read as “unknown” before publication 1"
        assert told in owner.get(f"/shipments/{parcel.pk}/").text
        assert told in owner.get(f"/queue/{case.pk}/").text
        assert Case.objects.count() == 1
