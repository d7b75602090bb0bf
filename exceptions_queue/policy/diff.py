"""Tell the difference between two policy documents in words (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from exceptions_queue.policy.clauses import PARTS, Clause, Field, FieldKind, clauses_of, normal, path_words
from exceptions_queue.policy.clauses.parts import Path, at, quoted


class Difference(NamedTuple):
    """One difference: the part of the policy and the clause it is in, and the sentence that tells it."""

    part: str
    key: str
    sentence: str


def differences(old: Any, new: Any) -> tuple[Difference, ...]:
    """Return what differs between two valid documents, in the order of the policy; none where they mean the same."""
    before, after = normal(old), normal(new)
    found: list[Difference] = []
    for part in PARTS:
        told = _of_part(clauses_of(before, part.slug), clauses_of(after, part.slug))
        found += [Difference(part.slug, key, sentence) for key, sentence in told]
    found += [Difference("", "", sentence) for sentence in _untold(before, after)]
    return tuple(found)


def _of_part(old: list[Clause], new: list[Clause]) -> Iterator[tuple[str, str]]:
    known = {clause.key: clause for clause in old}
    left = {clause.key for clause in new}
    for clause in new:
        if clause.key in known:
            yield from ((clause.key, sentence) for sentence in _of_clause(known[clause.key], clause))
        else:
            yield clause.key, f"{clause.title}: added “{clause.text}”"
    for clause in old:
        if clause.key not in left:
            yield clause.key, f"{clause.title}: taken out “{clause.text}”"
    yield from _moves([each for each in old if each.key in left], [each for each in new if each.key in known])


def _of_clause(old: Clause, new: Clause) -> Iterator[str]:
    if old.is_on != new.is_on:
        yield f"{new.title} is switched {'on' if new.is_on else 'off'}."
    before = {_relative(field, old): field for field in old.fields}
    after = {_relative(field, new): field for field in new.fields}
    for place, field in after.items():
        was = before.get(place)
        if (was.said if was and not was.is_empty else "") != ("" if field.is_empty else field.said):
            yield f"{new.title}: {_told(field, was)}."
    for place, field in before.items():
        if place not in after and not field.is_empty:
            gone = replace(field, value=None, reads="")
            yield f"{new.title}: {gone.told}, was {_said(field)}."


def _told(field: Field, was: Field | None) -> str:
    """Say what became of a field; of a list, what came to it and what left it."""
    if field.kind is FieldKind.LIST and was is not None and field.value and was.value:
        came = replace(field, value=[each for each in field.value if each not in was.value])
        left = replace(was, value=[each for each in was.value if each not in field.value])
        parts = [f"{verb} {part.said}" for verb, part in (("with", came), ("without", left)) if part.value]
        if parts:
            return f"{field.label} now {' and '.join(parts)}"
    return field.told if field.kind is FieldKind.FLAG else f"{field.told}, was {_said(was, field.nothing)}"


def _said(field: Field | None, nothing: str = "") -> str:
    """Return what stood in a field; a short sentence stands between quotation marks."""
    if field is None or field.is_empty:
        return nothing or "none"
    return quoted(field.said) if field.kind in (FieldKind.TEXT, FieldKind.LONG) else field.said


def _relative(field: Field, clause: Clause) -> Path:
    """Return a field's place within its clause, which may have moved."""
    return field.path[len(clause.path) :] if field.path[: len(clause.path)] == clause.path else field.path


def _moves(old: list[Clause], new: list[Clause]) -> Iterator[tuple[str, str]]:
    """Yield the ordered clauses that come before others they came after."""
    places = {clause.key: place for place, clause in enumerate(old)}
    for place, clause in enumerate(new):
        if clause.ordered and places[clause.key] > place and _overtakes(clause, new, places):
            yield clause.key, f"{clause.title}: tried earlier, “{clause.text}”"


def _overtakes(clause: Clause, new: list[Clause], places: dict[str, int]) -> bool:
    later = new[new.index(clause) + 1 :]
    same = [each for each in later if each.path[:-1] == clause.path[:-1]]
    return any(places[each.key] < places[clause.key] for each in same)


def _untold(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield what differs where no clause speaks of it; a source that came or went with its rule is no news."""
    clauses = {id(data): [clause for part in PARTS for clause in clauses_of(data, part.slug)] for data in (old, new)}
    before, after = (_beside(data, clauses[id(data)]) for data in (old, new))
    for place in sorted({*before, *after}, key=path_words):
        was, now = before.get(place), after.get(place)
        if was != now and not _went_with_its_rule(place, old, new):
            named = _named(place, (was, now), [*clauses[id(old)], *clauses[id(new)]])
            yield f"{named} {_between_marks(now)}, was {_between_marks(was)}."


def _beside(data: dict[str, Any], clauses: list[Clause]) -> dict[Path, Any]:
    """Return what stands in a document where no field does, nor would if there were something."""
    paths = {path for clause in clauses for path in (clause.switch, *(field.path for field in clause.fields)) if path}
    above = {path[:length] for path in paths for length in range(1, len(path))}
    return {
        place: value
        for place, value in _leaves(data, ())
        if not any(place[:length] in paths for length in range(1, len(place) + 1))
        and not (value is None and place in above)
    }


def _went_with_its_rule(place: Path, old: Any, new: Any) -> bool:
    rule = place[: place.index("source")] if "source" in place else ()
    return any(at(data, rule) is None for data in (old, new)) if rule else False


def _named(place: Path, texts: tuple[Any, Any], clauses: list[Clause]) -> str:
    """Return what a place without a field of its own is called: the source of a sentence, else its path."""
    if "source" not in place:
        return f"{path_words(place)}:"
    of = (clause.title for clause in clauses if any(text and str(text) in clause.source for text in texts))
    return f"{next(of, path_words(place))}: where it comes from is now"


def _between_marks(value: Any) -> str:
    return "nothing" if value is None else f"“{value}”"


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _leaves(below, (*path, name))
    elif isinstance(value, list) and (not value or isinstance(value[0], dict | list)):
        for number, below in enumerate(value):
            yield from _leaves(below, (*path, number))
    else:
        yield path, value
