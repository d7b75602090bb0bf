"""The parts that layouts are read with: plain documents, keys, and the words of errors."""

import pytest

from carriers.sources.reading import FeedTrouble, Unreadable
from carriers.sources.tail.documents import anywhere, every, first, load
from carriers.sources.tail.scans import keys_of, normalised
from carriers.sources.tail.troubles import Trouble, is_about_number, troubles


@pytest.mark.parametrize(
    ("raw", "document"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"<a>1</a>", {"a": "1"}),
        (b"<a/>", {"a": None}),
        (b'<n:a xmlns:n="urn:x"><n:b>1</n:b><n:b>2</n:b></n:a>', {"a": {"b": ["1", "2"]}}),
        (b'<a kind="x"><b format="YYYY">2026</b></a>', {"a": {"kind": "x", "b": "2026"}}),
        (
            b'<data name="list"><data name="event" ice="X"/></data>',
            {"list": {"name": "list", "event": {"name": "event", "ice": "X"}}},
        ),
        (b"<a><![CDATA[<b>]]></a>", {"a": "<b>"}),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1"), {"a": "é"}),
    ],
)
def test_json_and_xml_have_one_plain_shape(raw, document):
    assert load(raw) == document


@pytest.mark.parametrize(
    ("raw", "error"),
    [(b"", Unreadable), (b"no", Unreadable), (b"<html>503</html>", FeedTrouble), (b" <!DOCTYPE html><p>", FeedTrouble)],
)
def test_what_is_neither_is_refused(raw, error):
    with pytest.raises(error):
        load(raw)


def test_objects_are_found_at_any_depth_and_not_within_each_other():
    document = {"x": [{"p": [{"n": 1, "p": {"n": 2}}, "text"]}, {"y": {"p": {"n": 3}}}]}
    assert [found["n"] for found in anywhere(document, "p")] == [1, 3]


def test_path_goes_through_lists():
    value = {"a": [{"b": ["1", "2"]}, {"c": "no"}, {"b": "3"}]}
    assert every(value, "a.b") == ["1", "2", "3"]
    assert first(value, "a.b") == "1"
    assert first(value, "a") == ""


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (("kind:code", "kind"), ("X:7", "X")),
        (("kind:none", "kind"), ("X",)),
        (("~words",), ("out for delivery",)),
        (("'status':kind",), ("status:X",)),
        (("?yes", "?no", "?text"), ("yes", "text")),
        (("kind", "kind"), ("X",)),
    ],
)
def test_key_is_built_of_filled_fields(keys, found):
    value = {
        "kind": "X",
        "code": 7,
        "words": "Out for Delivery!",
        "yes": True,
        "no": False,
        "text": "someone",
        "none": None,
    }
    assert keys_of(value, keys) == found


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Out for Delivery.", "out for delivery"),
        ("It’s on board with driver", "it's on board with driver"),
        ("Parcel AB12345 left depot 1234", "parcel left depot"),
        ("New Tracking Number Assigned -", "new tracking number assigned"),
        ("Livré à 9 h", "livré à 9 h"),
    ],
)
def test_words_are_a_key_without_punctuation_and_numbers(words, key):
    assert normalised(words) == key


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"error": "Unauthorized"}, [Trouble("", "Unauthorized")]),
        ({"errors": [{"code": "1", "message": "no"}]}, [Trouble("1", "no")]),
        ({"errors": ["bad", "worse"]}, [Trouble("", "bad"), Trouble("", "worse")]),
        ({"title": "Bad Request", "status": "400"}, [Trouble("400", "Bad Request")]),
        ({"Fault": {"faultcode": "C", "faultstring": "no"}}, [Trouble("C", "no")]),
        ({"Notification": {"Code": "0", "Message": "fine"}}, []),
        ({"errors": None, "error": {}}, []),
        ({"httpCode": "404", "httpMessage": "Not Found"}, [Trouble("404", "Not Found")]),
        ({"ErrorLevel": 10, "Error": "Fatal"}, [Trouble("10", "Fatal")]),
        ({"ValidationErrors": {"CostCentreId": "Invalid"}}, [Trouble("", "Invalid")]),
        ({"key": "unauthorized"}, [Trouble("", "unauthorized")]),
        ({"ok": False, "codeErreur": "E1", "texteErreur": "Non"}, [Trouble("E1", "Non")]),
        ({"status": "delivered", "name": "Jo"}, []),
    ],
)
def test_errors_are_found_in_their_many_shapes(value, found):
    assert troubles(value) == found


@pytest.mark.parametrize(
    ("code", "words", "about_number"),
    [
        ("004", "No Pin History", True),
        ("", "Resource Not Found", True),
        ("", "not_found", True),
        ("", "No Shipment status found.", True),
        ("", "Invalid tracking ID", True),
        ("", "The barcode reference isn't recognised", True),
        ("", "Keine Daten gefunden", True),
        ("E1", "anything", True),
        ("", "Unauthorized", False),
        ("", "User not found", False),
        ("", "API key not found", False),
        ("", "Rate limit exceeded", False),
        ("500", "Internal error", False),
    ],
)
def test_only_what_is_about_the_number_counts_as_not_found(code, words, about_number):
    assert is_about_number(Trouble(code, words), frozenset({"E1"})) is about_number
