"""The clauses about time: the days of carriers, the hours of teams, and how a service is told (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from exceptions_queue.policy.clauses.parts import NAME, Clause, Empty, Field, FieldKind, Path, mark_of, numbered
from exceptions_queue.policy.situation import Team
from exceptions_queue.policy.words import carrier_name

_WEEK: Final = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip
_DAYS: Final = tuple(_WEEK.items())
_PEAK: Final = (
    ("from", "first day of the peak", "; from ", "", "month and day, such as 11-15; empty where there is no peak"),
    ("to", "last day of the peak", " to ", "", "month and day, such as 01-15"),
    ("factor", "longer limits in the peak", " every limit is ", " times as long", "such as 1.7"),
)


def clock_clauses(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield the calendars of carriers and teams, then the service classes in the order in which they are tried."""
    for carrier, calendar in sorted(data["calendars"]["carriers"].items(), key=lambda each: each[0] != "default"):
        yield _carrier(carrier, calendar)
    for team in Team:
        yield _team(team, data["calendars"]["teams"][team.value])
    rows = data["services"]
    for number, (key, row) in enumerate(zip(numbered(f"service:{row['class']}" for row in rows), rows, strict=True)):
        yield _service(key, row, ("services", number))


def clock_adders(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield a carrier's own calendar and a service class to be added."""
    carriers, rows = data["calendars"]["carriers"], data["services"]
    path: Path = ("calendars", "carriers", NAME)
    name = Field((*path, "name"), FieldKind.NEW_NAME, "carrier", hint="such as ups, or ups/ground for one class")
    parts = ("Parcels of ", name, *_calendar(path, carriers["default"]))
    yield Clause("carrier:new", "A calendar for one carrier", path, parts, is_new=True, was=mark_of(carriers))
    clause = _service("service:new", {}, ("services", len(rows)))
    yield Clause(clause.key, "Another service class", clause.path, clause.parts, is_new=True, was=mark_of(rows))


def _carrier(carrier: str, calendar: dict[str, Any]) -> Clause:
    path: Path = ("calendars", "carriers", carrier)
    whose, _, service_class = carrier.partition("/")
    whose = f"{carrier_name(whose) if whose != 'default' else 'other carriers'} {service_class}".strip()
    return Clause(
        key=f"carrier:{carrier}",
        title=f"Calendar of {whose}",
        path=path,
        parts=(f"Parcels of {whose}", *_calendar(path, calendar)),
        source=" ".join(filter(None, [calendar.get("source"), calendar.get("peak", {}).get("source")])),
        row=carrier != "default",
        was=mark_of(calendar),
    )


def _calendar(path: Path, calendar: dict[str, Any]) -> Iterator[str | Field]:
    yield " move on "
    days, hint = calendar.get("days"), "such as mon, tue"
    yield Field((*path, "days"), FieldKind.LIST, "days of the week", days, hint=hint, names=_DAYS)
    yield from _zone_and_holidays(path, calendar, " in the time zone ")
    yield Field(
        (*path, "cutoff"), FieldKind.TEXT, "cut-off", calendar.get("cutoff"), empty=Empty.DROPS,
        before="; what is handed over after ", after=" leaves a day later",
        hint="such as 17:00; empty where it is never too late",
    )  # fmt: skip
    yield from _peak((*path, "peak"), calendar.get("peak") or {})
    yield "."


def _peak(path: Path, peak: dict[str, Any]) -> Iterator[Field]:
    """Yield the weeks in which parcels take longer; without a first day there are none."""
    for name, label, before, after, hint in _PEAK:
        kind = FieldKind.NUMBER if name == "factor" else FieldKind.TEXT
        stands_for = path if name == "from" else ()
        tells = "every limit {} times as long in the peak" if name == "factor" else ""
        yield Field(
            (*path, name), kind, label, peak.get(name), (), Empty.DROPS, stands_for, before, after, hint, tells=tells
        )


def _zone_and_holidays(path: Path, calendar: dict[str, Any], says: str) -> Iterator[str | Field]:
    yield says
    yield Field((*path, "zone"), FieldKind.TEXT, "time zone", calendar.get("zone", "UTC"))
    yield Field(
        (*path, "holidays"), FieldKind.LIST, "holidays", calendar.get("holidays"), empty=Empty.DROPS,
        before="; not on ", hint="such as 2026-12-25, 2027-01-01",
    )  # fmt: skip
    yield Field(
        (*path, "countries"), FieldKind.LIST, "countries whose public holidays count", calendar.get("countries"),
        empty=Empty.DROPS, before="; not on the public holidays of ", hint="such as US, or GB-ENG for a part of one",
    )  # fmt: skip


def _team(team: Team, calendar: dict[str, Any]) -> Clause:
    path: Path = ("calendars", "teams", team.value)
    hours = (
        Field(
            (*path, "hours", day),
            FieldKind.LIST,
            f"hours on {name}",
            calendar["hours"].get(day),
            empty=Empty.DROPS,
            before=f" {name} ",
            after=";",
            hint="such as 09:00-12:30, 13:00-17:00",
        )
        for day, name in _WEEK.items()
    )
    parts = (f"{team.label} works", *hours, *_zone_and_holidays(path, calendar, " times in "), ".")
    return Clause(f"team:{team.value}", f"Hours of {str(team.label).lower()}", path, parts, was=mark_of(calendar))


def _service(key: str, row: dict[str, Any], path: Path) -> Clause:
    parts = (
        "A service is ",
        Field((*path, "class"), FieldKind.TEXT, "class", row.get("class")),
        " when its name says ",
        Field((*path, "words"), FieldKind.LIST, "words", row.get("words")),
        ".",
    )
    return Clause(key, f"Service class {row.get('class', '')}", path, parts, row=True, ordered=True, was=mark_of(row))
