"""The clauses about money: who decides how much alone, and when a carrier takes a claim (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from exceptions_queue.policy.clauses.parts import NAME, Clause, Empty, Field, FieldKind, Path, choices, lowered, mark_of
from exceptions_queue.policy.situation import Team
from exceptions_queue.policy.terms import Anchor, ClaimKind
from exceptions_queue.policy.words import carrier_name, known_carriers

_ROLES: Final = (*((team.value, str(team.label).lower()) for team in Team), ("manager", "a manager"))
_SINCE: Final = {
    Anchor.SHIPPED.value: "shipped",
    Anchor.PROMISED.value: "promised",
    Anchor.LAST_SCAN.value: "last scanned",
    Anchor.DELIVERED.value: "delivered",
}
_GOODS: Final = (("no", "need no second person"), ("yes", "count as much as their order is worth"))
_VERIFY: Final = "Verify with your contract."


def money_clauses(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield the limits of every currency, whether goods count, then the claim windows in their order."""
    for currency, limits in data["approvals"]["limits"].items():
        path: Path = ("approvals", "limits", currency)
        parts = (
            f"In {currency}, ",
            *_limits(path, limits),
            " may decide alone; more needs somebody with a higher limit.",
        )
        source = str(data["approvals"].get("source", ""))
        yield Clause(
            f"approvals:{currency}", f"Limits in {currency}", path, parts, source, row=True, was=mark_of(limits)
        )
    yield _goods(data["approvals"])
    for number, row in enumerate(data["claim_windows"]):
        yield _window(row, ("claim_windows", number), f"claim:{row['carrier']}:{row['kind']}")


def money_adders(data: dict[str, Any]) -> Iterator[Clause]:
    """Yield a currency and a claim window to be added."""
    path: Path = ("approvals", "limits", NAME)
    name = Field((*path, "name"), FieldKind.NEW_NAME, "currency")
    zero = dict.fromkeys((role for role, _ in _ROLES), 0)
    parts = ("In ", name, ", ", *_limits(path, zero), " may decide alone.")
    was = mark_of(data["approvals"]["limits"])
    yield Clause("approvals:new", "Limits in another currency", path, parts, is_new=True, was=was)
    rows = data["claim_windows"]
    clause = _window({"verify": _VERIFY}, ("claim_windows", len(rows)), "claim:new")
    yield Clause(clause.key, "Another claim window", clause.path, clause.parts, is_new=True, was=mark_of(rows))


def _goods(approvals: dict[str, Any]) -> Clause:
    goods = Field(("approvals", "goods"), FieldKind.FLAG, "goods sent again", approvals.get("goods", False), _GOODS)
    parts = ("For these limits, a replacement and a reship ", goods, ".")
    source, was = str(approvals.get("source", "")), mark_of(approvals.get("goods", False))
    return Clause("approvals:goods", "Limits for goods", ("approvals",), parts, source, was=was)


def _limits(path: Path, limits: dict[str, Any]) -> Iterator[str | Field]:
    for number, (role, label) in enumerate(_ROLES):
        yield ", " if number else ""
        value = limits.get(role, 0)
        yield Field(
            (*path, role), FieldKind.LIMIT, f"limit of {label}", value, before=f"{label} up to ",
            reads={None: f"{label} without limit", 0: f"{label} nothing"}.get(value, ""), tells=f"{label} up to {{}}",
        )  # fmt: skip


def _window(row: dict[str, Any], path: Path, key: str) -> Clause:
    carriers = choices(((each, carrier_name(each)) for each in known_carriers()), now=row.get("carrier"))
    parts: tuple[str | Field, ...] = (
        "A claim for a ",
        Field((*path, "kind"), FieldKind.CHOICE, "what happened", row.get("kind"), choices(lowered(ClaimKind.choices))),
        " parcel of ",
        Field((*path, "carrier"), FieldKind.CHOICE, "carrier", row.get("carrier"), carriers),
        *_days_after(row, path, "opens", "; opens "),
        *_days_after(row, path, "closes", "; closes "),
        ". ",
        Field((*path, "source"), FieldKind.LONG, "where it is written", row.get("source"), before="Written at "),
        " ",
        Field((*path, "verify"), FieldKind.TEXT, "how sure it is", row.get("verify")),
    )
    title = f"Claims for {row.get('kind', '')} parcels of {carrier_name(row.get('carrier', ''))}"
    return Clause(key, title, path, parts, row=True, was=mark_of(row))


def _days_after(row: dict[str, Any], path: Path, name: str, says: str) -> Iterator[Field]:
    found = row.get(name) or {}
    place: Path = (*path, name)
    yield Field(
        (*place, "days"),
        FieldKind.WHOLE,
        f"days until it {name}",
        found.get("days"),
        empty=Empty.NOTHING,
        stands_for=place,
        before=says,
        after=" days after it was ",
        hint="empty where nobody says",
    )
    yield Field(
        (*place, "after"),
        FieldKind.CHOICE,
        f"from when it {name}",
        found.get("after"),
        choices(_SINCE.items()),
        Empty.DROPS,
        tells=f"it {name} so long after it was {{}}",
    )
