"""How the policy's pages group their sentences."""

from __future__ import annotations

from django import template

from exceptions_queue.policy.clauses import Clause
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.policy_forms import ClauseForm
from exceptions_queue.policy_pages import Hits

register = template.Library()


@register.filter
def clause_after(forms: list[tuple[ClauseForm, Hits | None]], place: int) -> str:
    """Return what the sentence after a place belongs under, or nothing after the last."""
    return forms[place][0].clause.under if place < len(forms) else ""


@register.filter
def under(adders: dict[str, list[ClauseForm]], clause: Clause) -> list[ClauseForm]:
    """Return what can be added under a sentence."""
    return adders.get(clause.under or clause.key, [])


@register.filter
def loose(adders: dict[str, list[ClauseForm]]) -> list[ClauseForm]:
    """Return what can be added under no sentence of its own."""
    return adders.get("", [])


@register.filter
def finding_names(kinds: list[str]) -> str:
    """Return findings as people call them."""
    return ", ".join(FindingKind(kind).label for kind in kinds)
