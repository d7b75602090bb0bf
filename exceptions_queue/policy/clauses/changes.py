"""Change a document by what a person typed into a clause (pure)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from exceptions_queue.policy.clauses.parts import NAME, UNLIMITED, Clause, Empty, Field, FieldKind, Path, at, path_words
from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.reading import PolicyError

_WHOM: Final = ("carrier", "service")
_MOST: Final = 10**12
"""More than any figure of a policy means; the document knows the most of each, but could not take every number."""


def edited(data: dict[str, Any], clause: Clause, given: Mapping[Path, str]) -> dict[str, Any]:
    """Return the document with the clause's fields as they were typed; the document given stays as it is.

    Raises: PolicyError, naming the field's place and the fix.
    """
    document = copy.deepcopy(data)
    name = _new_name(clause, given)
    typed = [(field, given.get(field.path, field.typed).strip()) for field in clause.fields]
    left_out = {_stands_for(field, name): field for field, words in typed if _is_left_out(field, words)}
    for field, words in typed:
        path = _named(field.path, name)
        if field.kind is not FieldKind.NEW_NAME and not any(path[: len(place)] == place for place in left_out):
            _put(document, path, _value(field, words))
    for place in sorted(left_out, key=_latest_first, reverse=True):
        if left_out[place].empty is Empty.NOTHING:
            _put(document, place, None)
        else:
            _take(document, place)
    stands_at = _sort(document, clause)
    try:
        parse_policy(document)
    except PolicyError as problem:
        raise _of_the_clause(problem, clause, stands_at, document) from None
    if clause.is_new and document == data:
        raise PolicyError(path_words(clause.path), "nothing is written", "fill the sentence, then add it")
    if "exceptions" in clause.path:
        _refuse_what_never_counts(document, clause.path)
        if clause.is_new:
            _put_before_wider(document, clause.path)
    return document


def removed(data: dict[str, Any], clause: Clause) -> dict[str, Any]:
    """Return the document without the clause. Raises: PolicyError, where it is needed."""
    document = copy.deepcopy(data)
    _take(document, clause.path)
    parse_policy(document)
    return document


def moved(data: dict[str, Any], clause: Clause, step: int) -> dict[str, Any]:
    """Return the document with the clause so many places further down its list, never beyond its ends."""
    document = copy.deepcopy(data)
    *above, place = clause.path
    rows = at(document, tuple(above))
    if isinstance(rows, list) and isinstance(place, int):
        rows.insert(min(max(place + step, 0), len(rows)), rows.pop(place))
    parse_policy(document)
    return document


def switched(data: dict[str, Any], clause: Clause) -> dict[str, Any]:
    """Return the document with the clause switched off where it was on, and on where it was off."""
    document = copy.deepcopy(data)
    _put(document, clause.switch, not clause.is_on)
    parse_policy(document)
    return document


def _refuse_what_never_counts(document: dict[str, Any], path: Path) -> None:
    """Refuse an exception with a figure that another one gives for the same parcels: only the first counts."""
    rows = at(document, path[:-1]) or []
    own = at(document, path)
    for row in rows:
        same = own is not None and row is not own and _whom(row) == _whom(own)
        if same and {*row} & {*own} - {*_WHOM}:
            said = "these parcels have an exception with this figure already"
            raise PolicyError(f"{path_words(path)}.carrier", said, "change that one, or take it out first")


def _put_before_wider(document: dict[str, Any], path: Path) -> None:
    """Put a new exception before the first one for more parcels, which would be tried before it and hide it."""
    rows = at(document, path[:-1])
    own = rows.pop(path[-1])
    rows.insert(next((place for place, row in enumerate(rows) if _width(row) > _width(own)), len(rows)), own)


def _width(row: dict[str, Any]) -> tuple[bool, bool]:
    """Order exceptions by how many parcels they are for: of a carrier's class, of a carrier, of a class."""
    return not row.get("carrier"), not row.get("service")


def _whom(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in _WHOM)


def _is_left_out(field: Field, words: str) -> bool:
    """Say whether a field was left empty and may be."""
    return not words and field.empty is not Empty.REFUSED and field.kind is not FieldKind.LIMIT


def _stands_for(field: Field, name: str) -> Path:
    return _named(field.stands_for or field.path, name)


def _named(path: Path, name: str) -> Path:
    return tuple(name if step == NAME else step for step in path)


def _new_name(clause: Clause, given: Mapping[Path, str]) -> str:
    """Return the name typed for something new, which must not be there yet; nothing where no name is asked."""
    field = next((each for each in clause.fields if each.kind is FieldKind.NEW_NAME), None)
    if field is None:
        return ""
    name = given.get(field.path, "").strip()
    if not name:
        raise PolicyError(path_words(field.path), "it has no name", "write one")
    return name


def _value(field: Field, typed: str) -> Any:
    """Return what was typed as a JSON value."""
    if field.kind is FieldKind.LIMIT and typed.lower() == UNLIMITED:
        return None
    if field.kind in (FieldKind.WHOLE, FieldKind.NUMBER, FieldKind.LIMIT):
        return _number(field, typed)
    if field.kind is FieldKind.FLAG:
        return typed == "yes"
    if field.kind is FieldKind.LIST:
        return [each.strip() for each in typed.replace("\n", ",").split(",") if each.strip()]
    return typed


def _number(field: Field, typed: str) -> int | float:
    try:
        number = float(typed.replace(" ", ""))
    except ValueError:
        number = float("nan")
    if abs(number) > _MOST:
        said = f"{typed} is too {'large' if number > 0 else 'small'}"
        raise PolicyError(path_words(field.path), said, "write a number such as 3")
    if number != number:
        said = f"'{typed}' is not a number" if typed else "nothing is written"
        fix = f"write a number or “{UNLIMITED}”" if field.kind is FieldKind.LIMIT else "write a number such as 3"
        raise PolicyError(path_words(field.path), said, fix)
    return int(number) if number == int(number) else number


def _put(document: Any, path: Path, value: Any) -> None:
    """Set a place, making the tables and list rows on the way to it."""
    for step, after in pairwise(path):
        below = at(document, (step,))
        if not isinstance(below, dict | list):
            below = [] if isinstance(after, int) else {}
            _set(document, step, below)
        document = below
    _set(document, path[-1], value)


def _set(place: Any, step: str | int, value: Any) -> None:
    if isinstance(step, int) and step >= len(place):
        place.append(value)
    else:
        place[step] = value


def _take(document: Any, path: Path) -> None:
    *above, last = path
    place = at(document, tuple(above))
    if isinstance(place, list) and isinstance(last, int) and last < len(place):
        del place[last]
    elif isinstance(place, dict):
        place.pop(str(last), None)


def _latest_first(path: Path) -> tuple[tuple[int, str], ...]:
    """Order paths so that the rows of a list are taken out from its end."""
    return tuple((step, "") if isinstance(step, int) else (0, step) for step in path)


def _sort(document: dict[str, Any], clause: Clause) -> int | None:
    """Put the clause's list in its order and return where its row came to stand, after rows that say the same."""
    rows = at(document, clause.path[:-1]) if clause.sorted_by else None
    if not isinstance(rows, list):
        return None
    own = at(document, clause.path)
    rows.sort(key=lambda row: (row.get(clause.sorted_by, 0), row is own))
    return next(place for place, row in enumerate(rows) if row is own)


def _of_the_clause(problem: PolicyError, clause: Clause, place: int | None, document: dict[str, Any]) -> PolicyError:
    """Return the problem of a list that was sorted as one of the row that was typed, where its sentence stands."""
    above, _, rest = problem.path.partition(f"{path_words(clause.path[:-1])}[")
    number, _, below = rest.partition("]")
    if place is None or above or not number:
        return problem
    if int(number) - 1 == place:
        return PolicyError(f"{path_words(clause.path)}{below}", problem.problem, problem.fix)
    other = at(document, (*clause.path[:-1], int(number) - 1, clause.sorted_by))
    said = f"the step of {other} does not fit beside it ({problem.problem})"
    return PolicyError(path_words(clause.path), said, f"change this one, or of that one {problem.fix}")
