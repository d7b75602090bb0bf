"""People who order: names, tiers, addresses at example domains (pure)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random
from typing import Final

_DOMAINS: Final = ("example.com", "example.net", "example.org")

_NAMES: Final = {
    "en-US": (
        ("Emma", "Liam", "Olivia", "Noah", "Ava", "Mateo", "Sophia", "James", "Camila", "Ethan", "Grace", "Marcus"),
        ("Carter", "Nguyen", "Johnson", "Ramirez", "Patel", "Kim", "Brooks", "Okafor", "Sullivan", "Bennett", "Ortiz"),
    ),
    "de-DE": (
        ("Lena", "Jonas", "Mia", "Finn", "Clara", "Lukas", "Greta", "Moritz", "Ayşe", "Jürgen"),
        ("Schneider", "Weber", "Krüger", "Hoffmann", "Yılmaz", "Vogel", "Böhm", "Lang", "Schäfer"),
    ),
    "fr-FR": (
        ("Camille", "Hugo", "Inès", "Théo", "Manon", "Louis", "Zoé"),
        ("Martin", "Lefèvre", "Dubois", "Moreau", "Benali", "Girard"),
    ),
    "nl-NL": (
        ("Sanne", "Daan", "Femke", "Bram", "Lotte", "Sem"),
        ("de Vries", "Jansen", "Bakker", "Visser", "van Dijk"),
    ),
    "es-ES": (("Lucía", "Hugo", "Martina", "Pablo", "Carmen"), ("García", "Fernández", "López", "Serrano")),
    "it-IT": (("Giulia", "Lorenzo", "Chiara", "Matteo"), ("Rossi", "Ferrari", "Conti", "Greco")),
}
_LOCALES: Final = {
    "US": ("en-US", "en-US", "en-US", "es-ES"),
    "DE": ("de-DE",),
    "AT": ("de-DE",),
    "CH": ("de-DE", "fr-FR"),
    "FR": ("fr-FR",),
    "BE": ("nl-NL", "fr-FR"),
    "NL": ("nl-NL",),
    "ES": ("es-ES",),
    "IT": ("it-IT",),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as the shop knows them."""

    customer_id: str
    tier: str
    email: str
    name: str
    locale: str


def person(seed: int, index: int, country: str) -> Person:
    """Return the world's customer `index` of a country, always the same one."""
    rng = Random(seed * 1_000_003 + index * 7 + 5)
    locales = _LOCALES.get(country, ("en-US",))
    locale = locales[int(rng.random() * len(locales))]
    firsts, lasts = _NAMES[locale]
    first = firsts[int(rng.random() * len(firsts))]
    last = lasts[int(rng.random() * len(lasts))]
    chance = rng.random()
    tier = "vip" if chance < 0.03 else "gold" if chance < 0.1 else "silver" if chance < 0.25 else "standard"
    mailbox = f"{_plain(first)}.{_plain(last)}{index % 97}"
    return Person(
        customer_id=f"C{seed:02d}{index:06d}",
        tier=tier,
        email=f"{mailbox}@{_DOMAINS[index % 3]}",
        name=f"{first} {last}",
        locale=locale,
    )


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.lower().replace("ı", "i").replace("ø", "o"))
    return "".join(c for c in folded if c.isascii() and c.isalpha())
