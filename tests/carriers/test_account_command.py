"""The account command: polled accounts, their health, and secrets that go in and never come out."""

import json
from datetime import datetime
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from carriers.accounts import SEALED, SecretsLocked, open_credentials, open_secrets, open_token, seal
from carriers.models import Account, PollTarget
from tests.factories import NOW, make_account, make_shipment

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "do-not-show-this"
CREDENTIALS = {"client_id": "shop", "client_secret": SECRET}


def run(*words: str, sent: object = None, monkeypatch: pytest.MonkeyPatch | None = None) -> str:
    out = StringIO()
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", StringIO(sent if isinstance(sent, str) else json.dumps(sent)))
    call_command("account", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def added(monkeypatch) -> Account:
    run("add", "ups", "shop", "--polled", "--credentials-file", "-", sent=CREDENTIALS, monkeypatch=monkeypatch)
    return Account.objects.get()


def test_a_polled_account_gets_the_carriers_address_and_limits(monkeypatch):
    words = ("add", "dhl_universal", "shop", "--polled", "--json", "--credentials-file", "-")
    told = json.loads(run(*words, sent={"api_key": SECRET}, monkeypatch=monkeypatch))
    assert told == {
        "source": "dhl_universal",
        "name": "shop",
        "base_url": "https://api-eu.dhl.com",
        "calls_a_minute": 12,
        "calls_a_day": 250,
        "carriers": [],
        "cadence": {},
    }
    account = Account.objects.get()
    assert account.is_polled
    assert SECRET not in account.sealed_credentials
    assert open_credentials(account) == {"api_key": SECRET}


def test_an_account_states_its_own_address_limits_carriers_and_cadence(monkeypatch, tmp_path):
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps(CREDENTIALS))
    limits = ("--calls-a-minute", "40", "--calls-a-day", "900", "--carrier", "ups", "--carrier", "ups_mi")
    where = ("--base-url", "http://127.0.0.1:9/", "--cadence", "moving_minutes=60", "--credentials-file", str(file))
    run("add", "ups", "shop", "--polled", *where, *limits)
    account = Account.objects.get()
    assert (account.base_url, account.calls_a_minute, account.calls_a_day) == ("http://127.0.0.1:9", 40, 900)
    assert (account.carriers, account.cadence) == (["ups", "ups_mi"], {"moving_minutes": 60})


def test_its_open_parcels_are_taken_up_at_once(monkeypatch):
    shipment = make_shipment(last_event_at=timezone.now())
    run("add", "ups", "shop", "--polled", "--credentials-file", "-", sent=CREDENTIALS, monkeypatch=monkeypatch)
    assert PollTarget.objects.get().shipment == shipment


@pytest.mark.parametrize(
    ("sent", "words", "problem"),
    [
        ({"client_id": "shop"}, (), "lack client_secret"),
        ([SECRET], (), "one JSON object"),
        (SECRET, (), "one JSON object"),
        (CREDENTIALS | {"client_id": "two\nlines"}, (), "client_id should be plain text"),
        (CREDENTIALS | {"client_id": 7}, (), "client_id should be plain text"),
        (CREDENTIALS, ("--base-url", "http://carrier.example"), "begin with https"),
        (CREDENTIALS, ("--base-url", "https://user:word@carrier.example"), "plain address"),
        (CREDENTIALS, ("--calls-a-minute", "0"), "--calls-a-minute"),
        (CREDENTIALS, ("--cadence", "often=1"), "often"),
        (CREDENTIALS, ("--cadence", "moving_minutes"), "should look like"),
    ],
)
def test_what_cannot_work_is_refused_by_name_and_no_account_is_made(monkeypatch, sent, words, problem):
    given = ("add", "ups", "shop", "--polled", "--credentials-file", "-", *words)
    with pytest.raises(CommandError, match=problem) as raised:
        run(*given, sent=sent, monkeypatch=monkeypatch)
    assert SECRET not in str(raised.value)
    assert not Account.objects.exists()


def test_credentials_are_not_asked_for_where_nobody_can_answer(monkeypatch):
    with pytest.raises(CommandError, match="--credentials-file"):
        run("add", "ups", "shop", "--polled", sent="", monkeypatch=monkeypatch)


def test_a_source_that_cannot_be_polled_says_which_can():
    with pytest.raises(CommandError, match=r"easypost cannot be polled; these can: .*dhl_express"):
        run("add", "easypost", "shop", "--polled")


def test_a_webhook_account_is_added_as_before_with_its_secret_shown_once():
    told = json.loads(run("add", "easypost", "shop", "--json"))
    assert told["address"] == "/webhooks/easypost/shop/"
    assert open_secrets(Account.objects.get()) == (told["secret"],)
    assert not Account.objects.get().is_polled


def test_the_list_shows_health_and_no_secret(added):
    Account.objects.update(
        sealed_token=seal({"value": SECRET, "expires_at": NOW.isoformat()}),
        open_until=NOW,
        failures=5,
        failing_since=NOW,
        last_error="UPS did not answer.",
        last_error_at=NOW,
    )
    target = PollTarget.objects.create(
        shipment=make_shipment(), carrier="ups", next_poll_at=NOW, planned_state="in_transit"
    )
    make_account(source="events")
    listed = run("list", "--json") + run("list")
    ours = next(told for line in listed.splitlines()[:2] if (told := json.loads(line))["source"] == "ups")
    assert (ours["health"], ours["words"], ours["last_error"]) == ("broken", "not answering", "UPS did not answer.")
    assert datetime.fromisoformat(ours["next_poll_at"]) == target.next_poll_at
    assert "client" not in listed
    for sealed in SEALED:
        assert SECRET not in listed
        assert sealed not in listed


def test_pause_holds_and_resume_lets_go_with_a_closed_breaker(added):
    assert json.loads(run("pause", "ups", "shop", "--json"))["paused"]
    held_at = Account.objects.get().polling_held_at
    assert "paused already" in run("pause", "ups", "shop")
    assert Account.objects.get().polling_held_at == held_at
    Account.objects.update(open_until=NOW, failures=5, breaker_trips=3, failing_since=NOW)
    assert not json.loads(run("resume", "ups", "shop", "--json"))["paused"]
    resumed = Account.objects.values_list("polling_held_at", "open_until", "failures", "failing_since").get()
    assert resumed == (None, None, 0, None)


def test_an_account_that_is_not_polled_cannot_be_paused():
    make_account(source="easypost", name="shop")
    with pytest.raises(CommandError, match="is not polled"):
        run("pause", "easypost", "shop")


def test_other_credentials_replace_the_old_ones_and_the_token(added, monkeypatch):
    Account.objects.update(sealed_token=seal({"value": "t", "expires_at": NOW.isoformat()}), open_until=NOW)
    words = ("credentials", "set", "ups", "shop", "--credentials-file", "-")
    run(*words, sent={"client_id": "a", "client_secret": "b"}, monkeypatch=monkeypatch)
    account = Account.objects.get()
    assert open_credentials(account) == {"client_id": "a", "client_secret": "b"}
    assert (open_token(account), account.open_until) == (None, None)


def test_rotating_the_key_seals_everything_anew(added, settings):
    run("rotate", "ups", "shop", "--secret", "of the webhook")
    Account.objects.update(sealed_token=seal({"value": "t", "expires_at": NOW.isoformat()}))
    make_account(source="events")
    fresh = Fernet.generate_key().decode()
    settings.WAYPOST_CREDENTIALS_KEYS = [fresh, *settings.WAYPOST_CREDENTIALS_KEYS]
    assert json.loads(run("credentials", "rotate-key", "--json")) == {"resealed": 1}
    settings.WAYPOST_CREDENTIALS_KEYS = [fresh]
    account = Account.objects.get(source="ups")
    assert open_credentials(account) == CREDENTIALS
    assert open_secrets(account) == ("of the webhook",)
    assert open_token(account).value == "t"


def test_a_key_that_is_missing_is_said_and_nothing_is_changed(added, settings):
    before = Account.objects.values_list(*SEALED).get()
    settings.WAYPOST_CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="sealed with another key"):
        run("credentials", "rotate-key")
    assert Account.objects.values_list(*SEALED).get() == before
    with pytest.raises(SecretsLocked):
        open_credentials(added)
