"""Whether an answer is news of a parcel or a trouble of the feed."""

import pytest

from carriers.polling.verdict import judge
from carriers.sources import SOURCES
from carriers.sources.reading import FeedTrouble, Request, Unreadable
from tests.carriers import simulated_answers as answers
from tests.carriers.simulated_answers import as_json, journey
from tests.factories import NOW

ASKED = Request("1Z1", "ups", NOW)
UPS_ERROR = {"response": {"errors": [{"code": "250003", "message": "Invalid Access License number"}]}}


@pytest.mark.parametrize(
    ("body", "status", "trouble", "about_number"),
    [
        (as_json(answers.ups("1Z1", journey(NOW, "label"))[1]), 200, None, False),
        (as_json(answers.ups("1Z1", [])[1]), 404, None, False),
        (b"<html><body>down</body></html>", 200, FeedTrouble, False),
        (b"<html><body>not here</body></html>", 404, FeedTrouble, False),
        (b'{"trackResponse": {"ship', 200, Unreadable, False),
        (b"", 200, Unreadable, False),
        (as_json(UPS_ERROR), 200, FeedTrouble, False),
        (as_json(UPS_ERROR), 400, FeedTrouble, True),
    ],
)
def test_an_answer_is_judged_by_its_sources_adapter(body, status, trouble, about_number):
    verdict = judge(SOURCES["ups"], body, status, ASKED)
    assert (verdict.trouble and type(verdict.trouble), verdict.about_number) == (trouble, about_number)


@pytest.mark.parametrize(
    ("body", "is_trouble"), [(b'{"shipments": []}', False), (b"<html></html>", True), (b"{", True)]
)
def test_without_an_adapter_only_the_form_is_judged(body, is_trouble):
    assert bool(judge(None, body, 200, ASKED).trouble) == is_trouble


def test_an_adapter_that_fails_by_itself_is_no_trouble_of_the_feed():
    class Broken:
        CODE_SYSTEM = "broken"

        def read(self, body, request):
            raise KeyError("a bug")

    assert judge(Broken(), b"{}", 200, ASKED).trouble is None
