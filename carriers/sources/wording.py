"""A carrier's own fixed words as keys of the code table, for what its codes do not tell (pure)."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from carriers.sources.bodies import text

LONGEST_KEY: Final = 160
"""Characters of a sentence that take part in its key; no carrier's fixed sentence is longer."""

_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_EDGES: Final = " .,;:-–"


def plain(words: str) -> str:
    """Return words without the tags and entities that some carriers leave in them."""
    if "<" in words or "&" in words:
        words = text(unescape(_TAG.sub("", words)))
    return words


def text_key(words: str, place: str = "") -> str:
    """Return the key of a sentence ("TEXT:OUT FOR DELIVERY"), empty where there are no words.

    Capitals, spacing and the point at the end do not matter, and the place of the scan is taken out, since carriers
    end sentences with it ("Processed at LEIPZIG - GERMANY").
    """
    key = plain(words).upper()
    if len(place) > 2:
        key = key.replace(place.upper(), " ")
    key = " ".join(key.split()).strip(_EDGES).removesuffix(" AT").rstrip(_EDGES)
    return f"TEXT:{key[:LONGEST_KEY]}" if key else ""
