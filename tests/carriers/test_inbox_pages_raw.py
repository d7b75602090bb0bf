import pytest

from carriers.inbox_pages.raw import LONGEST, ShownBody, shown_body


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a":1}', ShownBody('{\n  "a": 1\n}', "JSON", 7, is_cut=False, is_tidied=True)),
        ("[“é”]".encode(), ShownBody("[“é”]", "text", 10, is_cut=False, is_tidied=False)),
        (b"<a>1</a>", ShownBody("<a>1</a>", "XML or HTML", 8, is_cut=False, is_tidied=False)),
        (b"", ShownBody("", "empty", 0, is_cut=False, is_tidied=False)),
        (b"\xff\x00a", ShownBody("\ufffd\x00a", "not text", 3, is_cut=False, is_tidied=False)),
        (b"[" * 100_000, ShownBody("[" * LONGEST, "text", 100_000, is_cut=True, is_tidied=False)),
        (b"\xff" * 70_000, ShownBody("\ufffd" * LONGEST, "not text", 70_000, is_cut=True, is_tidied=False)),
    ],
    ids=["json", "text", "xml", "empty", "binary", "nested too deeply", "long binary"],
)
def test_any_body_is_shown_as_text(body, shown):
    assert shown_body(body) == shown


def test_long_json_is_cut_after_it_was_indented():
    shown = shown_body(b"[" + b"1," * 20_000 + b"1]")
    assert (len(shown.text), shown.is_cut, shown.is_tidied, shown.kind) == (LONGEST, True, True, "JSON")
