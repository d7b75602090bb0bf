"""A carrier's own fixed words as keys of the code table, for what its codes do not tell (pure)."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Final

from carriers.sources.bodies import text

LONGEST_KEY: Final = 160
"""Characters of a sentence that take part in its key; no carrier's fixed sentence is longer."""

_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_SIGNED: Final = re.compile(r"\W*\bSIGNED (?:FOR )?BY\b.*")
_DASHES: Final = str.maketrans("–—’´`", "--'''")
_EDGES: Final = " .,;:-"
_TAILS: Final = (" AT", " IN", " THROUGH")


def plain(words: str) -> str:
    """Return words without the tags and entities that some carriers leave in them."""
    if "<" in words or "&" in words:
        words = text(unescape(_TAG.sub("", words)))
    return words


def sentences(*told: str) -> str:
    """Return what a carrier told in several fields as one text, each part a sentence, told once."""
    return ". ".join(dict.fromkeys(part.rstrip(" .") for part in told if part))


@lru_cache(maxsize=4096)
def text_key(words: str, place: str = "") -> str:
    """Return the key of a sentence ("TEXT:OUT FOR DELIVERY"), empty where there are no words.

    Capitals, spacing, kinds of dash and the point at the end do not matter. The place of the scan is cut off, since
    carriers end sentences with it ("Processed at LEIPZIG - GERMANY"), and so is who signed.
    """
    key = _SIGNED.sub("", " ".join(plain(words).upper().translate(_DASHES).split()))
    if (at := _start_of(place, key)) > 0:
        key = key[:at]
    key = key.strip(_EDGES)
    for tail in _TAILS:
        key = key.removesuffix(tail).rstrip(_EDGES)
    return f"TEXT:{key[:LONGEST_KEY].rstrip(_EDGES)}" if key else ""


def _start_of(place: str, key: str) -> int:
    """Return where in a sentence the place begins, told with or without its region and country; -1 where nowhere."""
    town = re.split(r",| - ", place.upper(), maxsplit=1)[0].strip()
    if len(town) < 3:
        return -1
    found = re.search(rf"\b{re.escape(town)}\b", key)
    return found.start() if found else -1
