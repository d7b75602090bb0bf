"""Whatever arrives, an adapter reads it or says in a sentence why it cannot; it never breaks."""

import json
from copy import deepcopy
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.codes import to_event
from carriers.sources import SOURCES, get_source
from carriers.sources.reading import FeedTrouble, Request, Scan, Unreadable
from carriers.sources.tail import TAIL
from shipments.facts import TimeConfidence
from tests.carriers.samples import ASKED, RECEIVED_AT, body, names, shipped_table

DOCUMENTS = [(source, json.loads(body(source, name))) for source in SOURCES for name in names(source)]

DIRECT = sorted(SOURCES.keys() - TAIL.keys() - {"mydhl", "usps_international"})
"""Sources with a reader of their own; the layouts of the others have one reader, tested beside it."""

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["\ud800", "\x00", "9" * 600, "2026-02-30T25:00:00Z", "20260227", "+99:00", "0", "é" * 600]),
    st.sampled_from(["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-W09-5", "12:00", "999999"]),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def places(value, path=()):
    """Yield the path of every value inside a document."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


@st.composite
def mutated(draw):
    """Draw a sample with a few of its values replaced or removed."""
    source, document = draw(st.sampled_from(DOCUMENTS))
    document = deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(list(places(document))))
        if not path:
            document = draw(VALUES)
            continue
        holder = document
        for step in path[:-1]:
            holder = holder[step]
        if draw(st.booleans()):
            holder[path[-1]] = draw(VALUES)
        else:
            del holder[path[-1]]
    return source, json.dumps(document).encode()


def read(source, raw):
    """Read a body as the worker does, down to identities and the bytes a database is given."""
    try:
        scans = get_source(source).read(raw, ASKED)
    except (Unreadable, FeedTrouble) as error:
        check_sentence(str(error))
        return []
    assert scans
    for scan in scans:
        check(scan)
        event = to_event(scan, shipped_table(), source=source, received_at=RECEIVED_AT)
        assert event.identity
        assert event.occurred_at - RECEIVED_AT <= timedelta(days=2)
    return scans


def check_sentence(words: str):
    words.encode()
    assert 10 < len(words) < 3000


def check(scan: Scan):
    assert (scan.occurred_at is None) == (scan.time_confidence is TimeConfidence.UNKNOWN)
    for instant in (scan.occurred_at, scan.promised_at, scan.received_at):
        assert instant is None or instant.utcoffset() == timedelta(0)
    for words in (scan.carrier, scan.tracking_number, scan.description, scan.location, scan.service, *scan.codes):
        assert "\x00" not in words
        words.encode()
        assert len(words) <= 2000


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_mutated_sample_is_read_or_refused(drawn):
    read(*drawn)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(SOURCES)), st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_anything_is_read_or_refused(source, raw):
    read(source, raw)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(SOURCES)), st.binary(max_size=200))
def test_message_key_never_breaks(source, raw):
    assert isinstance(get_source(source).message_key({}, raw), str)


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        (b"", Unreadable, "empty"),
        (b"  \n", Unreadable, "empty"),
        (b"\xef\xbb\xbf", Unreadable, "empty"),
        (b"\xff\xfe{\x00}\x00", Unreadable, "not UTF-8"),
        (b"<!DOCTYPE html><html><body>503</body></html>", FeedTrouble, "web page"),
        (b"\n <html><head><title>Sign in</title>", FeedTrouble, "web page"),
        (b"<?xml version='1.0'?><TrackReply/>", Unreadable, "XML"),
        (b"Service Unavailable", Unreadable, "not valid JSON"),
        (b'{"a": NaN}', Unreadable, "NaN is not a JSON number"),
        (b'{"a": ' + b"9" * 5000 + b"}", Unreadable, "not valid JSON"),
        (b"[" * 100_000, Unreadable, "too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, Unreadable, "too deeply"),
        (b'{"a":' * 50_000, Unreadable, "too deeply"),
        (b"[1, 2", Unreadable, "not valid JSON"),
        (b"null", Unreadable, "."),
        (b"[]", Unreadable, "."),
        (b'"text"', Unreadable, "."),
        (b"[" * 400 + b"]" * 400, Unreadable, "."),
        (json.dumps([{}] * 20_001).encode(), Unreadable, "20001|should be an object"),
    ],
)
def test_what_is_no_tracking_is_refused_in_a_sentence(source, raw, error, words):
    with pytest.raises(error, match=words):
        get_source(source).read(raw, Request())


@pytest.mark.parametrize("source", DIRECT)
def test_byte_order_mark_is_no_obstacle(source):
    name = "one" if source == "events" else "delivered"
    raw = body(source, name)
    assert read(source, b"\xef\xbb\xbf" + raw) == read(source, raw)


@pytest.mark.parametrize("source", DIRECT)
def test_text_a_database_refuses_is_cleaned(source):
    name = "one" if source == "events" else "delivered"
    raw = body(source, name).replace(b"elivered", b"el\\u0000i\\ud800vered").replace(b"eparted", b"ep\\u0000arted")
    assert read(source, raw)


def test_unknown_source_is_refused_with_the_known_ones():
    with pytest.raises(LookupError, match=r"no source called “pigeon”; the known ones are .*easypost, events, fedex"):
        get_source("pigeon")
