"""What a clause is made of: words, and fields that name their place in the document (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from django.db.models import TextChoices

Path = tuple[str | int, ...]
"""A place in a document: names of tables, positions in lists from 0."""

NAME: Final = "*"
"""Stands in a path for the name that a person gives to something new."""

UNLIMITED: Final = "no limit"

_PLURAL: Final = re.compile(r"^( ?(?:operating |working )?)(day|hour|point|case|minute|try|trie)s\b")


class FieldKind(TextChoices):
    """How a field is typed and shown."""

    WHOLE = "whole", "A whole number"
    NUMBER = "number", "A number"
    LIMIT = "limit", "An amount, or no limit"
    TEXT = "text", "A few words"
    LONG = "long", "A sentence"
    LIST = "list", "Words with commas between"
    CHOICE = "choice", "One of several"
    FLAG = "flag", "Yes or no"
    NEW_NAME = "name", "The name of something new"


_COUNTED: Final = (FieldKind.WHOLE, FieldKind.NUMBER)


class Empty(TextChoices):
    """What a field left empty does to the document."""

    REFUSED = "refused", "It has to be filled"
    DROPS = "drops", "Its place, or what it stands for, goes"
    NOTHING = "nothing", "What it stands for is written as nothing"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a sentence; `value` is the JSON value that stands there now, None where nothing does.

    `before` and `after` are words that go with it: where it is empty, a reader does not see them. `stands_for` is the
    place that goes when it is left empty (default: its own). `hint` says what may be typed. `reads` is what a
    reader sees in place of the value and the words with it. `names` are the words for what a list may hold. A
    difference is told as `tells` says ("{}" is the value), and what is left empty as `nothing`.
    """

    path: Path
    kind: FieldKind
    label: str
    value: Any = None
    choices: tuple[tuple[str, str], ...] = ()
    empty: Empty = Empty.REFUSED
    stands_for: Path = ()
    before: str = ""
    after: str = ""
    hint: str = ""
    reads: str = ""
    names: tuple[tuple[str, str], ...] = ()
    tells: str = ""
    nothing: str = ""

    @property
    def is_empty(self) -> bool:
        """Say whether nothing stands there and nothing needs to."""
        return self.empty is not Empty.REFUSED and self.kind is not FieldKind.LIMIT and self.value in (None, "", [])

    @property
    def typed(self) -> str:
        """Return what stands in the input."""
        if self.kind is FieldKind.LIMIT and self.value is None:
            return UNLIMITED
        if self.value is None:
            return ""
        if self.kind is FieldKind.FLAG:
            return "yes" if self.value else "no"
        if self.kind is FieldKind.LIST:
            return ", ".join(str(each) for each in self.value)
        return f"{self.value:g}" if isinstance(self.value, float) else str(self.value)

    @property
    def said(self) -> str:
        """Return what a reader sees."""
        if self.choices:
            return dict(self.choices).get(self.typed, self.typed) or "any"
        if self.kind is FieldKind.LIST:
            names = dict(self.names)
            return ", ".join(names.get(str(each), str(each)) for each in self.value or ()) or "all"
        return self.typed or "nothing"

    @property
    def told(self) -> str:
        """Return what a difference says of it: a figure before what it counts, other values after what they are."""
        if self.is_empty:
            return f"{self.label} {self.nothing}" if self.nothing else f"no {self.label}"
        value = quoted(self.said) if self.kind in (FieldKind.TEXT, FieldKind.LONG) else self.said
        if self.reads:
            return self.reads
        if self.tells:
            return self.tells.format(value)
        return counted(value, self.label) if self.kind in _COUNTED else f"{self.label} {value}"


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence; `key` stays the same while its place in the document moves.

    `switch` is the path of its on and off. A `row` may be taken out, an `ordered` one moved within its list; a list
    `sorted_by` a name is put in that order by itself. `is_new` asks for something that is not there yet.
    """

    key: str
    title: str
    path: Path
    parts: tuple[str | Field, ...]
    source: str = ""
    under: str = ""
    switch: Path = ()
    is_on: bool = True
    row: bool = False
    ordered: bool = False
    sorted_by: str = ""
    is_new: bool = False
    was: str = ""

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))

    @property
    def read(self) -> tuple[tuple[str, bool], ...]:
        """Return the sentence in pieces, each with whether it stands in a field."""
        pieces: list[tuple[str, bool]] = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append((part, False))
            elif part.reads:
                pieces.append((part.reads, True))
            elif not part.is_empty:
                pieces += [(part.before, False), (part.said, True), (part.after, False)]
        kept = _counted([piece for piece in pieces if piece[0]])
        if kept and kept[-1][0].endswith("; "):
            kept[-1] = (f"{kept[-1][0][:-2]}.", False)
        return tuple(kept)

    @property
    def text(self) -> str:
        """Return the sentence as a reader sees it."""
        return " ".join("".join(piece for piece, _ in self.read).split())


def counted(value: str, words: str) -> str:
    """Return a figure with what it counts, one of it in the singular: "1 operating day without a scan"."""
    return f"{value} {_of_one(words) if value == '1' else words}"


def quoted(words: str) -> str:
    """Return words that are a sentence or a name of several words between quotation marks."""
    return f"“{words}”" if " " in words or words.endswith(".") else words


def _of_one(words: str) -> str:
    return _PLURAL.sub(lambda found: f"{found[1]}{'try' if found[2] == 'trie' else found[2]}", words)


def _counted(pieces: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Return the pieces of a sentence with one of something in the singular."""
    before = [("", False), *pieces]
    return [
        (_of_one(words) if was == ("1", True) and not stands else words, stands)
        for was, (words, stands) in zip(before, pieces, strict=False)
    ]


def input_name(path: Path) -> str:
    """Return the name of a field's input."""
    return "/".join(str(each).replace("~", "~0").replace("/", "~1") for each in path)


def path_words(path: Path) -> str:
    """Return a path as errors write it: "claim_windows[1].opens"."""
    words = ""
    for each in path:
        words += f"[{each + 1}]" if isinstance(each, int) else f".{each}" if words else each
    return words


def at(data: Any, path: Path) -> Any:
    """Return what stands at a place, or None where there is no such place."""
    for step in path:
        if isinstance(step, int):
            data = data[step] if isinstance(data, list) and 0 <= step < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


def mark_of(value: Any) -> str:
    """Return what tells one state of a sentence's place from another."""
    return blake2b(json.dumps(value, sort_keys=True, ensure_ascii=False).encode(), digest_size=8).hexdigest()


def lowered(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return choices with labels that stand inside a sentence."""
    return [(value, f"{str(label)[:1].lower()}{str(label)[1:]}") for value, label in pairs]


def choices(pairs: Iterable[tuple[str, str]], *first: tuple[str, str], now: Any = None) -> tuple[tuple[str, str], ...]:
    """Return choices with `first` before them, and what stands there now even where nobody knows it."""
    found = (*first, *((str(value), str(label)) for value, label in pairs))
    known = {value for value, _ in found}
    return found if now in (None, "") or str(now) in known else (*found, (str(now), str(now)))


def numbered(keys: Iterable[str]) -> list[str]:
    """Return the keys, those that come again with a number, so that each is its own."""
    seen: dict[str, int] = {}
    own = []
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        own.append(key if seen[key] == 1 else f"{key}:{seen[key]}")
    return own
