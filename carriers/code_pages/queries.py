"""What the code pages ask of the database: one function for each page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import (
    BigIntegerField,
    DateTimeField,
    F,
    Max,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce, Replace
from django.urls import NoReverseMatch, reverse

from carriers.codebook.drafts import any_of
from carriers.models import CodeChange, CodeDraft, CodeMapping, CodePublication, HeardCode
from shipments.keyset import ID, Key, Sort, instant, whole

PARCELS_COUNTED: Final = 1000
SAMPLES: Final = 3
_NEVER: Final = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=DateTimeField())
_TILDE, _DASH = Value("~", output_field=TextField()), Value("-", output_field=TextField())
# The address of a page joins its keys by "~", so no key may hold one.
_CODE: Final = (Key(F("system"), str), Key(Replace(F("code"), _TILDE, _DASH, output_field=TextField()), str), ID)

CODE_SORTS: Final = {
    sort.slug: sort
    for sort in (
        Sort("heard", "Most heard first", (Key(F("hits"), whole), ID), descending=True),
        Sort("last", "Heard last first", (Key(F("heard_at"), instant), ID), descending=True),
        Sort("code", "By system and code", _CODE),
        Sort("changed", "Changed last first", (Key(F("updated_at"), instant), ID), descending=True),
    )
}
UNMAPPED_SORTS: Final = {
    sort.slug: sort
    for sort in (
        Sort("heard", "Most heard first", (Key(F("events"), whole), ID), descending=True),
        Sort("last", "Heard last first", (Key(F("last_at"), instant), ID), descending=True),
        Sort("new", "New ones first", (Key(F("first_at"), instant), ID), descending=True),
        Sort("code", "By system and code", _CODE),
    )
}
PUBLISHED: Final = Sort("newest", "Newest first", (Key(F("number"), whole),), descending=True)


@dataclass(frozen=True, slots=True)
class Sample:
    """One scan that told a code: its words, its parcel, and the raw message it was read from."""

    words: str
    occurred_at: datetime
    shipment_id: int
    carrier: str
    number: str
    message_url: str


@dataclass(slots=True)
class Told:
    """Who told a code: how many parcels (`more` than counted), and the newest scans."""

    parcels: int = 0
    more: bool = False
    samples: list[Sample] = field(default_factory=list)


def codes() -> QuerySet[CodeMapping]:
    """Return the code table with how often each row answered (`hits`) and when last (`heard_at`)."""
    heard = HeardCode.objects.filter(system=OuterRef("system"), answered_by=OuterRef("code")).order_by()
    of_row = heard.values("answered_by")
    hits = Subquery(of_row.annotate(all=Sum("hits")).values("all"), output_field=BigIntegerField())
    heard_at = Subquery(of_row.annotate(last=Max("last_heard_at")).values("last"))
    rows = CodeMapping.objects.annotate(hits=Coalesce(hits, 0, output_field=BigIntegerField()))
    return rows.annotate(heard_at=Coalesce(heard_at, _NEVER)).select_related("publication__by")


def unmapped() -> QuerySet[HeardCode]:
    """Return each code that no row answers once, with its `events`, `first_at` and `last_at`."""
    same = HeardCode.objects.filter(answered_by="", system=OuterRef("system"), code=OuterRef("code"))
    of_code = same.order_by().values("system")
    rows = HeardCode.objects.filter(answered_by="", pk=Subquery(same.order_by("pk").values("pk")[:1]))
    return rows.annotate(
        events=Subquery(of_code.annotate(all=Sum("hits")).values("all"), output_field=BigIntegerField()),
        first_at=Subquery(of_code.annotate(first=Min("first_heard_at")).values("first")),
        last_at=Subquery(of_code.annotate(last=Max("last_heard_at")).values("last")),
    )


def publications() -> QuerySet[CodePublication]:
    """Return what was published, with what the list shows of each."""
    return CodePublication.objects.select_related("by", "rereading", "undoes", "undone_by")


def systems_heard() -> list[str]:
    """Return the systems that have a code nobody explained."""
    return list(HeardCode.objects.filter(answered_by="").order_by("system").values_list("system", flat=True).distinct())


def systems_known() -> list[str]:
    """Return the systems in the table."""
    return list(CodeMapping.objects.order_by("system").values_list("system", flat=True).distinct())


def drafts_of(person: User) -> QuerySet[CodeDraft]:
    """Return a person's drafts in the order of their codes."""
    return CodeDraft.objects.filter(by=person).order_by("system", "code")


def history_of(system: str, code: str) -> QuerySet[CodeChange]:
    """Return what was published about a code, newest first."""
    changes = CodeChange.objects.filter(system=system, code=code).select_related("publication__by")
    return changes.order_by("-publication")


def told_by(places: Sequence[tuple[str, str]], *, unanswered: bool, samples: int = SAMPLES) -> list[Told]:
    """Return who told each of these codes, in the same order; two queries, whatever they hold.

    `unanswered` leaves out spellings that a more general row answers.
    """
    heard = HeardCode.objects.filter(any_of(places))
    if unanswered:
        heard = heard.filter(answered_by="")
    at = {place: index for index, place in enumerate(places)}
    return _told_as(
        [(at[system, code], pk) for pk, system, code in heard.values_list("pk", "system", "code")], len(places), samples
    )


def _told_as(spellings: Iterable[tuple[int, int]], places: int, samples: int) -> list[Told]:
    """Return who told the spellings of each place, given as pairs of place and spelling. One query."""
    told = [Told() for _ in range(places)]
    pairs = list(spellings)
    with connection.cursor() as cursor:
        cursor.execute(
            _TOLD, [[place for place, _ in pairs], [pk for _, pk in pairs], PARCELS_COUNTED + 1, samples, samples]
        )
        for place, parcels, *sample in cursor.fetchall():
            told[place].parcels, told[place].more = min(parcels, PARCELS_COUNTED), parcels > PARCELS_COUNTED
            told[place].samples.append(_sample(*sample))
    return told


_TOLD: Final = """
WITH spelling AS (SELECT * FROM unnest(%s::int[], %s::bigint[]) AS given(place, id)),
     place AS (SELECT DISTINCT place FROM spelling)
SELECT place.place, counted.parcels, newest.raw_description, newest.occurred_at, newest.shipment_id, s.carrier,
       s.tracking_number, newest.message_id
  FROM place
 CROSS JOIN LATERAL (
       SELECT count(*) AS parcels
         FROM (SELECT DISTINCT e.shipment_id FROM spelling JOIN shipments_trackingevent e ON e.heard_as = spelling.id
                WHERE spelling.place = place.place LIMIT %s) AS parcel) AS counted
 CROSS JOIN LATERAL (
       SELECT e.* FROM spelling CROSS JOIN LATERAL (
              SELECT * FROM shipments_trackingevent told WHERE told.heard_as = spelling.id
               ORDER BY told.shipment_id DESC LIMIT %s) AS e
        WHERE spelling.place = place.place ORDER BY e.shipment_id DESC LIMIT %s) AS newest
  JOIN shipments_shipment s ON s.id = newest.shipment_id
 ORDER BY place.place, newest.occurred_at DESC
"""


def _sample(words: str, at: datetime, shipment: int, carrier: str, number: str, message: int | None) -> Sample:
    return Sample(words, at, shipment, carrier, number, message_url(message) if message else "")


def message_url(message_id: int) -> str:
    """Return the page of a raw message, empty where this console shows none."""
    try:
        return reverse("carriers:message", args=[message_id])
    except NoReverseMatch:
        return ""


def row_values(row: Any) -> dict[str, Any]:
    """Return the meaning of a model's row as the words take it."""
    return {name: getattr(row, name) for name in ("state", "reason", "physical", "action_required")}
