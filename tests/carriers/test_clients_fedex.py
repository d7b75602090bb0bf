"""FedEx answers about many numbers at once; each number's part is kept on its own, the same every time."""

import json

import pytest

from carriers.clients.fedex import _apart
from carriers.clients.http import Reply
from carriers.sources import SOURCES
from carriers.sources.reading import Request
from tests.carriers.simulated_answers import as_json, fedex_result, journey
from tests.factories import NOW


def together(transaction: str = "t-1", *numbers: str) -> bytes:
    results = [fedex_result(number, journey(NOW, "label", "moving")) for number in numbers]
    return as_json({"transactionId": transaction, "output": {"completeTrackResults": results}})


def test_each_number_gets_its_own_part_as_an_answer_its_adapter_reads():
    answers = _apart(Reply(200, together("t-1", "1", "2", "3")), ["1", "2", "3"])
    assert [answer.number for answer in answers] == ["1", "2", "3"]
    for answer in answers:
        scans = SOURCES["fedex"].read(answer.body, Request(answer.number, "fedex", NOW))
        assert {scan.tracking_number for scan in scans} == {answer.number}
        assert len(scans) == 2


def test_the_same_news_is_the_same_body_whatever_the_transaction():
    first = _apart(Reply(200, together("t-1", "1", "2")), ["1", "2"])
    assert _apart(Reply(200, together("t-2", "2", "1")), ["1", "2"]) == first


def test_a_number_that_is_missing_has_no_answer():
    assert [answer.number for answer in _apart(Reply(200, together("t-1", "1")), ["1", "2"])] == ["1"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, together("t-1", "1")[:-20]),
        (200, b"<html></html>"),
        (200, b"[]"),
        (200, b'{"output": {"completeTrackResults": [{}]}}'),
        (200, b'{"output": {"completeTrackResults": []}}'),
        (400, json.dumps({"errors": [{"code": "BAD.REQUEST"}]}).encode()),
    ],
)
def test_what_cannot_be_taken_apart_is_kept_whole(status, body):
    assert _apart(Reply(status, body), ["1", "2"]) == [("1", body, status)]
