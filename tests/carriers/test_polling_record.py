"""What came of a call: answers kept once, troubles on the account, the next poll on the number."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from carriers.accounts import open_token, set_polling
from carriers.clients import CarrierRefused, CarrierUnavailable
from carriers.clients.http import Answer
from carriers.clients.tokens import Token
from carriers.models import Account, InboundMessage, MessageState, PollTarget, Problem
from carriers.polling.claim import LEASE, Errand, claim
from carriers.polling.outcome import Fetched, outcome_of
from carriers.polling.planning import plan
from carriers.polling.record import Recorded, record, store
from shipments.facts import State
from tests.carriers import simulated_answers as answers
from tests.carriers.simulated_answers import as_json, journey
from tests.factories import NOW, make_account, make_shipment

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
REFUSAL = as_json({"response": {"errors": [{"code": "151018", "message": "Invalid tracking number"}]}})


@pytest.fixture
def account() -> Account:
    return make_account(source="ups", is_polled=True, calls_a_minute=60)


def errand(account: Account, now=NOW, **overrides) -> Errand:
    make_shipment(**{"carrier": "ups", "last_event_at": NOW} | overrides)
    plan(now=now)
    (claimed,) = claim(account_id=account.pk, most_calls=1, now=now)
    return claimed


def news(each: Errand) -> Answer:
    number = each.targets[0].number
    return Answer(number, as_json(answers.ups(number, journey(NOW, "label"))[1]))


def keep(each: Errand, *given: Answer, problem: Exception | None = None, now=NOW, twice=0, token=None) -> Recorded:
    outcomes = [outcome_of(Fetched(each, given, problem, 0.0), now)]
    store(outcomes=outcomes, now=now)
    return record(account_id=each.account.pk, outcomes=outcomes, calls_made_twice=twice, token=token, now=now)


def test_news_are_stored_raw_with_the_number_asked_for(account):
    each = errand(account)
    assert keep(each, news(each)) == Recorded(answered=1)
    message = InboundMessage.objects.get()
    assert (message.subject_number, message.subject_carrier) == (each.targets[0].number, "ups")
    assert bytes(message.body) == news(each).body
    target = PollTarget.objects.get()
    assert (target.leased_until, target.attempts, target.last_polled_at) == (None, 0, NOW)
    assert timedelta(hours=1.8) <= target.next_poll_at - NOW <= timedelta(hours=2.2)


def test_an_answer_we_know_is_kept_once_and_still_a_sign_of_life(account):
    each = errand(account)
    keep(each, news(each))
    later = NOW + timedelta(hours=3)
    (again,) = claim(account_id=account.pk, most_calls=1, now=later)
    keep(again, news(again), now=later)
    assert InboundMessage.objects.count() == 1
    account.refresh_from_db()
    assert account.last_message_at == later


def test_two_numbers_with_the_same_answer_keep_it_both(account):
    unknown = as_json({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001", "message": "Not found"}]}]}})
    for _ in range(2):
        each = errand(account)
        keep(each, Answer(each.targets[0].number, unknown))
    assert InboundMessage.objects.filter(state=MessageState.RECEIVED).count() == 2


def test_a_failure_stays_on_the_account_and_the_number_is_asked_again_soon(account):
    each = errand(account)
    assert keep(each, problem=CarrierUnavailable("UPS did not answer in time.")) == Recorded(failed=1)
    account.refresh_from_db()
    assert (account.failures, account.failing_since, account.last_message_at) == (1, NOW, None)
    assert (account.last_error, account.last_error_at) == ("UPS did not answer in time.", NOW)
    target = PollTarget.objects.get()
    assert target.attempts == 1
    assert target.next_poll_at - NOW < 2 * MINUTE
    assert not InboundMessage.objects.exists()


def test_success_forgets_failures_but_not_the_last_error(account):
    first = errand(account)
    keep(first, problem=CarrierUnavailable("UPS did not answer in time."))
    later = NOW + 5 * MINUTE
    (second,) = claim(account_id=account.pk, most_calls=1, now=later)
    keep(second, news(second), now=later)
    account.refresh_from_db()
    assert (account.failures, account.failing_since) == (0, None)
    assert account.last_error
    assert PollTarget.objects.get().attempts == 0


@pytest.mark.parametrize(
    ("asked", "pause"), [(timedelta(minutes=7), 7 * MINUTE), (timedelta(days=9), timedelta(days=1)), (None, None)]
)
def test_the_carriers_request_to_wait_is_kept_up_to_a_day(account, asked, pause):
    keep(errand(account), problem=CarrierUnavailable("too often", asked))
    account.refresh_from_db()
    assert account.paused_until == (pause and NOW + pause)


def test_a_refusal_of_the_account_opens_the_breaker_and_blames_no_number(account):
    keep(errand(account), problem=CarrierRefused("UPS does not accept the account's credentials."))
    account.refresh_from_db()
    assert account.open_until == NOW + timedelta(minutes=15)
    target = PollTarget.objects.get()
    assert (target.attempts, target.next_poll_at, target.leased_until) == (0, NOW, None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [(b"<html>request %d</html>", Problem.FEED_TROUBLE), (b'{"trackResponse": %d', Problem.UNREADABLE)],
)
def test_unreadable_answers_are_kept_once_a_day_and_count_as_failures(account, body, problem):
    for n in range(4):
        each = errand(account, now=NOW + n * MINUTE)
        keep(each, Answer(each.targets[0].number, body % n), now=NOW + n * MINUTE)
    kept = InboundMessage.objects.get()
    assert (kept.state, kept.problem, kept.subject_number != "") == (MessageState.FAILED, problem, True)
    assert kept.problem_detail
    account.refresh_from_db()
    assert (account.failures, account.last_message_at) == (4, None)


def test_a_refused_number_is_kept_once_and_no_trouble_of_the_account(account):
    each = errand(account)
    keep(each, Answer(each.targets[0].number, REFUSAL, 400))
    later = NOW + timedelta(hours=3)
    (again,) = claim(account_id=account.pk, most_calls=1, now=later)
    keep(again, Answer(again.targets[0].number, REFUSAL + b" ", 400), now=later)
    kept = InboundMessage.objects.get()
    assert (kept.state, kept.problem) == (MessageState.FAILED, Problem.FEED_TROUBLE)
    account.refresh_from_db()
    assert (account.failures, account.last_message_at) == (0, None)
    assert "151018" in account.last_error
    assert PollTarget.objects.get().next_poll_at > later + timedelta(hours=1)


def test_a_parcel_about_which_nothing_can_matter_is_let_go(account):
    each = errand(account, last_event_at=NOW - timedelta(days=9))
    targets = tuple(replace(target, state=State.DELIVERED) for target in each.targets)
    keep(replace(each, targets=targets), news(each))
    assert not PollTarget.objects.exists()


def test_a_number_whose_lease_went_to_another_worker_is_left_to_it(account):
    each = errand(account)
    later = NOW + LEASE
    (theirs,) = claim(account_id=account.pk, most_calls=1, now=later)
    keep(each, news(each), now=later)
    target = PollTarget.objects.get()
    assert (target.leased_until, target.last_polled_at) == (theirs.leased_until, None)
    assert InboundMessage.objects.count() == 1


def test_a_renewed_token_is_kept_sealed(account):
    token = Token("lent-to-us", NOW + timedelta(hours=1))
    each = errand(account)
    keep(each, news(each), token=token)
    account.refresh_from_db()
    assert "lent-to-us" not in account.sealed_token
    assert open_token(account) == token


def test_what_came_of_credentials_that_were_changed_meanwhile_is_dropped(account):
    each = errand(account)
    set_polling(
        account_id=account.pk, base_url="", credentials={"client_id": "new"}, calls_a_minute=60, calls_a_day=None
    )
    keep(each, news(each), token=Token("of the old ones", NOW + timedelta(hours=1)))
    keep(each, problem=CarrierRefused("UPS does not accept the account's credentials."))
    account.refresh_from_db()
    assert (account.sealed_token, account.open_until, account.failures) == ("", None, 0)


def test_calls_that_had_to_be_made_twice_are_taken_from_the_allowance(account):
    each = errand(account)
    before = Account.objects.get().minute_left
    keep(each, news(each), twice=1)
    assert Account.objects.get().minute_left == before - 1


def test_a_trial_that_fails_opens_the_breaker_again_and_one_that_succeeds_closes_it(account):
    Account.objects.update(failures=5, breaker_trips=1, open_until=NOW)
    trial = errand(account)
    keep(trial, problem=CarrierUnavailable("UPS cannot be reached."))
    account.refresh_from_db()
    assert (account.breaker_trips, account.open_until) == (2, NOW + 2 * MINUTE)
    later = NOW + 5 * MINUTE
    (second,) = claim(account_id=account.pk, most_calls=1, now=later)
    keep(second, Answer(second.targets[0].number, json.dumps(answers.ups("x", [])[1]).encode()), now=later)
    account.refresh_from_db()
    assert (account.failures, account.breaker_trips, account.open_until) == (0, 0, None)
