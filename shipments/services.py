"""What people call a carrier's service, whatever way its messages spell it (pure)."""

from __future__ import annotations

import re
from typing import Final

_KNOWN: Final = {
    "usps": {
        "first": "First-Class Mail",
        "firstclass": "First-Class Mail",
        "firstclassmail": "First-Class Mail",
        "firstclasspackageservice": "First-Class Package",
        "groundadvantage": "Ground Advantage",
        "priority": "Priority Mail",
        "prioritymail": "Priority Mail",
        "express": "Priority Mail Express",
        "priorityexpress": "Priority Mail Express",
        "prioritymailexpress": "Priority Mail Express",
        "parcelselect": "Parcel Select",
        "mediamail": "Media Mail",
        "librarymail": "Library Mail",
    },
    "ups": {
        "ground": "Ground",
        "groundsaver": "Ground Saver",
        "surepost": "SurePost",
        "seconddayair": "2nd Day Air",
        "2nddayair": "2nd Day Air",
        "seconddayairam": "2nd Day Air A.M.",
        "2nddayairam": "2nd Day Air A.M.",
        "3dayselect": "3 Day Select",
        "nextdayair": "Next Day Air",
        "nextdayairsaver": "Next Day Air Saver",
        "nextdayairearly": "Next Day Air Early",
        "nextdayairearlyam": "Next Day Air Early",
    },
    "fedex": {
        "2day": "2Day",
        "2dayam": "2Day A.M.",
        "expresssaver": "Express Saver",
        "ground": "Ground",
        "groundeconomy": "Ground Economy",
        "homedelivery": "Home Delivery",
        "groundhomedelivery": "Home Delivery",
        "smartpost": "SmartPost",
        "firstovernight": "First Overnight",
        "priorityovernight": "Priority Overnight",
        "standardovernight": "Standard Overnight",
    },
}
"""Names by carrier and spelling, letters and digits alone. Source: Shippo, "Supported service levels", August 2026;
USPS's longer ones: Karrio's list of USPS services, November 2026."""

_JOINED: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MARKS: Final = re.compile(r"[_\s®™]+")


def service_name(service: str, carrier: str) -> str:
    """Return the service's own name, without its carrier's before it; an unknown one spaced and capitalised."""
    words = _MARKS.sub(" ", service).strip()
    words = _without_carrier(words, carrier)
    key = "".join(each for each in words.casefold() if each.isalnum())
    known = _KNOWN.get(carrier, {}).get(key)
    return known or " ".join(map(_as_name, _JOINED.sub(" ", words).split()))


def _without_carrier(words: str, carrier: str) -> str:
    """Return the words after the first word of the carrier's name: DHL Express calls a product "DHL Express Easy"."""
    name = f"{carrier.partition('_')[0]} "
    return words[len(name) :] if words.casefold().startswith(name) else words


def _as_name(word: str) -> str:
    is_plain = word.islower() or (word.isupper() and len(word) > 3)
    return word[:1].upper() + word[1:].lower() if is_plain else word
