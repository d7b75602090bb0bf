"""The clauses of the score: what every circumstance adds, and what a case needs (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from exceptions_queue.policy.clauses.parts import NAME, Clause, Field, FieldKind, Path, at, choices, mark_of
from exceptions_queue.policy.situation import Severity
from exceptions_queue.policy.words import number as number_of
from shipments.facts import Channel


class _Steps(NamedTuple):
    """One list of rising steps: its unit, and the words around its two figures."""

    unit: str
    title: str
    begins: str
    goes_on: str
    hint: str = ""


_STEPS: Final = {
    "order_value": _Steps("amount", "Order value", "An order worth ", " {currency} or more"),
    "promise": _Steps("days", "Promise", "", " days past the promise, or later,", "a minus means before it"),
    "event_date": _Steps("days", "Event date", "", " days past the event, or later,", "a minus means before it"),
    "age": _Steps("days", "Time on its way", "", " days on its way, or longer,"),
}
_DAYS_AROUND: Final = {"promise": "the promise", "event_date": "the day of the event"}
_EACH: Final = {
    "contacts": ("Earlier questions", "Every time the customer asked about the order adds "),
    "earlier_cases": ("Earlier cases", "Every earlier case of the customer adds "),
}


def score_clauses(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield what every circumstance is worth."""
    score = data["score"]
    yield _levels(score)
    yield _severities(score["severities"])
    for name, points in sorted(score["tiers"].items(), key=lambda each: (-each[1], each[0])):
        yield _named("tiers", name, f"A customer of tier {name} adds ", points, f"Customer tier {name}")
    for name, points in sorted(score["channels"].items()):
        said = str(Channel(name).label).lower()
        yield _named("channels", name, f"An order sold as {said} adds ", points, f"Sold as {said}")
    for name in _STEPS:
        for number, row in enumerate(score[name]):
            yield _step(score, name, number, row, key=f"{name}:{row.get(_STEPS[name].unit)}")
    for name, (title, says) in _EACH.items():
        path: Path = ("score", name)
        yield Clause(
            key=name,
            title=title,
            path=path,
            parts=(says, _points((*path, "each"), score[name]["each"]), " points, at most ",
                   _most((*path, "most"), score[name]["most"]), "."),
            was=mark_of(score[name]),
        )  # fmt: skip
    yield from _money(score)


def score_adders(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield what can be added to the score."""
    score = data["score"]
    yield _new("tiers", "A customer of tier ", FieldKind.NEW_NAME, (), score, "Another tier")
    free = [pair for pair in Channel.choices if pair[0] not in score["channels"]]
    if free:
        yield _new("channels", "An order sold as ", FieldKind.NEW_NAME, choices(free), score, "Another sales channel")
    for name, words in _STEPS.items():
        rows = score[name]
        clause = _step(score, name, len(rows), {}, key=f"{name}:new")
        yield Clause(
            key=clause.key, title=f"{words.title}: another step", path=clause.path, parts=clause.parts,
            sorted_by=words.unit, is_new=True, was=mark_of(rows),
        )  # fmt: skip
    path: Path = ("score", "worth")
    yield Clause(
        key="worth:new",
        title="Another currency",
        path=(*path, NAME),
        parts=("1 ", Field((*path, NAME, "name"), FieldKind.NEW_NAME, "currency"), " counts as ",
               Field((*path, NAME), FieldKind.NUMBER, f"worth in {score['currency']}"), f" {score['currency']}."),
        is_new=True,
        was=mark_of(score["worth"]),
    )  # fmt: skip


def _levels(score: dict[str, Any]) -> Clause:
    return Clause(
        key="levels",
        title="Levels",
        path=("score",),
        parts=(
            "A finding is a case from ", Field(("score", "case"), FieldKind.WHOLE, "points for a case", score["case"]),
            " points, and only watched from ",
            Field(("score", "watch"), FieldKind.WHOLE, "points to watch", score["watch"]),
            " points.",
        ),
        source=str(at(score, ("source", "case")) or ""),
        was=mark_of([score["case"], score["watch"]]),
    )  # fmt: skip


def _severities(severities: dict[str, Any]) -> Clause:
    path: Path = ("score", "severities")
    parts: list[str | Field] = []
    for severity in Severity:
        name = severity.name.lower()
        begins = f"{', ' if parts else 'The worst problem of a parcel counts by itself: of '}{name} severity "
        parts += [begins, Field((*path, name), FieldKind.WHOLE, f"points for {name} severity", severities[name])]
    return Clause("severities", "Severity", path, (*parts, " points."), was=mark_of(severities))


def _named(table: str, name: str, says: str, points: Any, title: str) -> Clause:
    path: Path = ("score", table, name)
    parts = (says, _points(path, points), " points.")
    return Clause(f"{table}:{name}", title, path, parts, row=True, was=mark_of(points))


def _new(
    table: str, says: str, kind: FieldKind, pairs: tuple[tuple[str, str], ...], score: dict[str, Any], title: str
) -> Clause:
    path: Path = ("score", table, NAME)
    name = Field((*path, "name"), kind, "name", choices=pairs)
    parts = (says, name, " adds ", Field(path, FieldKind.WHOLE, "points"), " points.")
    return Clause(f"{table}:new", title, path, parts, is_new=True, was=mark_of(score[table]))


def _step(score: dict[str, Any], name: str, number: int, row: dict[str, Any], *, key: str) -> Clause:
    words = _STEPS[name]
    path: Path = ("score", name, number)
    after, value = words.goes_on.format(currency=score["currency"]), row.get(words.unit)
    unit = Field(
        (*path, words.unit), FieldKind.WHOLE, words.unit, value, hint=words.hint, after=after,
        reads=_days_around(name, value) if name in _DAYS_AROUND and isinstance(value, int) else "",
    )  # fmt: skip
    parts = (words.begins, unit, " adds ", _points((*path, "points"), row.get("points")), " points.")
    return Clause(key, words.title, path, parts, row=True, sorted_by=words.unit, was=mark_of(row))


def _days_around(name: str, days: int) -> str:
    """Say from which day on a step counts, as a reader would."""
    what = _DAYS_AROUND[name]
    if days == 0:
        return f"The end of {what}, or later,"
    return f"{number_of(abs(days), 'day')} {'before' if days < 0 else 'past'} {what}, or later,"


def _money(score: dict[str, Any]) -> Iterator[Clause]:
    field = Field(
        ("score", "currency"), FieldKind.TEXT, "currency amounts are weighed in", score["currency"],
        tells="amounts are weighed in {}",
    )  # fmt: skip
    yield Clause(
        "currency", "Currency", ("score", "currency"), ("Amounts are weighed in ", field, "."),
        str(at(score, ("source", "worth")) or ""), was=mark_of(score["currency"]),
    )  # fmt: skip
    for name, worth in sorted(score["worth"].items()):
        path: Path = ("score", "worth", name)
        label = f"worth in {score['currency']}"
        tells = f"1 {name} counts as {{}} {score['currency']}"
        field = Field(path, FieldKind.NUMBER, label, worth, tells=tells)
        parts = (f"1 {name} counts as ", field, f" {score['currency']}.")
        yield Clause(f"worth:{name}", f"Currency {name}", path, parts, row=True, was=mark_of(worth))


def _points(path: Path, value: Any) -> Field:
    return Field(path, FieldKind.WHOLE, "points", value)


def _most(path: Path, value: Any) -> Field:
    return Field(path, FieldKind.WHOLE, "points at most", value, tells="at most {} points")
