"""Where each thing stands in a carrier's answer: the words that layouts are written in (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the parcels of an answer stand, and within each its scans and their fields. Paths are dotted.

    `parcels` is the name under which each parcel stands, at whatever depth; empty where the document is the parcel,
    or a list of them. `number` is empty where the answer does not repeat the number asked for. `events` empty means
    that the parcel tells one scan itself.

    A key of `codes` or `status` is one or more fields joined by ":", most specific first: "~field" stands for its
    words, normalised, "?field" for its own name where the field says yes, and 'text' for itself. `status` is what the
    parcel's head says: it comes behind the codes of the parcel's newest scan, and is a scan where there is none.

    `day` may hold the whole instant; `formats` say how times are written that are not ISO 8601; `offset` is the zone,
    as an offset or an abbreviation. `in_order` says that scans stand in the order they happened (or the reverse) though
    their clocks disagree, so that none is dated before the one that stands before it.
    """

    parcels: str = ""
    number: tuple[str, ...] = ()
    events: str = ""
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    day: tuple[str, ...] = ()
    time: str = ""
    offset: str = ""
    formats: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    promise: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    status_words: tuple[str, ...] = ()
    status_day: tuple[str, ...] = ()
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier of the long tail: its name for people, and the layouts of its answers.

    Each layout adds what it finds. `not_found` are the carrier's codes for a number it does not know, `missing` the
    name of a list of such numbers. `code_system` is the code table to ask, empty for the carrier's own. `known_as` is
    the carrier that the parcel travels with, where that is not the source's name.
    """

    title: str
    layouts: tuple[Layout, ...]
    not_found: frozenset[str] = field(default_factory=frozenset)
    missing: str = ""
    code_system: str = ""
    known_as: str = ""
