"""How the policy's pages group their sentences, and write what a backtest says."""

from __future__ import annotations

from django import template

from exceptions_queue.backtest.days import days_of
from exceptions_queue.backtest_pages import headlines as headlines_of
from exceptions_queue.backtest_pages import name_of_version
from exceptions_queue.backtest_rows import Ending, ending, lead, messages, why_held
from exceptions_queue.models import Backtest, BacktestParcel, PolicyVersion, Trial
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


@register.filter
def version_name(version: PolicyVersion) -> str:
    return name_of_version(version)


@register.filter
def period_of(row: Backtest) -> str:
    """Return the days of a backtest: "24 Oct to 22 Nov 2026"."""
    first, last = days_of(row.begins_at, row.ends_at)
    if first == last:
        return f"{last:%-d %b %Y}"
    return f"{first:%-d %b}{'' if first.year == last.year else f' {first.year}'} to {last:%-d %b %Y}"


@register.filter
def headlines(trial: Trial) -> list[tuple[str, str, str]]:
    return headlines_of(trial)


@register.filter
def ending_of(told: BacktestParcel) -> Ending:
    return ending(told)


@register.filter
def messages_of(told: BacktestParcel) -> str:
    return messages(told)


@register.filter
def hold_of(told: BacktestParcel) -> str:
    return why_held(told)


@register.filter
def lead_of(told: BacktestParcel) -> str:
    return lead(told)


@register.filter
def thousands(number: int) -> str:
    """Return a count as people read long ones: "1,970"."""
    return f"{number:,}"
