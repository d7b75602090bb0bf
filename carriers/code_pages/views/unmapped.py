"""The lane of unknown codes: each once, with who told it and what its words suggest."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from carriers.code_pages.answers import answer, list_context, own_address
from carriers.code_pages.filters import UnmappedFilter
from carriers.code_pages.forms import MeaningForm
from carriers.code_pages.queries import UNMAPPED_SORTS, drafts_of, systems_heard, told_by
from carriers.code_pages.queries import unmapped as unmapped_rows
from carriers.code_pages.words import code_words, counted, said, suggested, system_name
from carriers.codebook.drafts import OWNER, CodebookRefused, Drafted, Meant, change_of, draft_codes
from carriers.codebook.suggestions import suggestion
from carriers.codes import TEXT
from carriers.models import HeardCode
from config.roles import holds_role, requires_role
from shipments.keyset import Page, page_of

_MOST_AT_ONCE = 500


@require_safe
def unmapped(request: HttpRequest) -> HttpResponse:
    """List the codes nobody has explained; asked by htmx, only the results."""
    narrowed = UnmappedFilter(request.GET, unmapped_rows())
    narrowed.offer(systems_heard())
    sort = UNMAPPED_SORTS.get(request.GET.get("sort", ""), UNMAPPED_SORTS["heard"])
    page = page_of(narrowed.qs, sort, request.GET)
    drafts = {(draft.system, draft.code): draft for draft in drafts_of(request.user)}
    _tell(page, drafts)
    context = list_context(request, narrowed, sort, UNMAPPED_SORTS, page, "unknown code") | {
        "may_write": holds_role(request.user, OWNER),
        "drafted": len(drafts),
        "form": MeaningForm(auto_id="bulk_%s", initial={"physical": "yes"}),
        "back": request.get_full_path(),
        "now": timezone.now(),
    }
    return answer(request, "unmapped", context)


@require_POST
@requires_role(OWNER)
def give(request: HttpRequest) -> HttpResponse:
    """Draft one meaning for the chosen codes, or for each what its words suggest."""
    back = own_address(request.POST.get("back", ""), reverse("carriers:unmapped"))
    ids = [int(each) for each in request.POST.getlist("code")[:_MOST_AT_ONCE] if each.lstrip("-").isdecimal()]
    chosen = list(HeardCode.objects.filter(pk__in=[pk for pk in ids if abs(pk) < 2**63]).order_by("system", "code"))
    if not chosen:
        messages.warning(request, "Nothing was drafted. Tick the codes first.")
        return redirect(back)
    try:
        done = _as_suggested(request, chosen) if request.POST.get("do") == "suggest" else _as_typed(request, chosen)
    except CodebookRefused as refused:
        messages.error(request, str(refused))
        return redirect(back)
    if done is None:
        messages.warning(request, "Choose what the codes mean, then draft it.")
        return redirect(back)
    _say(request, done, len(chosen))
    return redirect(back)


def _as_typed(request: HttpRequest, chosen: list[HeardCode]) -> Drafted | None:
    form = MeaningForm(request.POST)
    if not form.is_valid():
        return None
    codes = [(each.system, each.code) for each in chosen]
    return draft_codes(codes=codes, meant=form.meant(), by=request.user, now=timezone.now())


def _as_suggested(request: HttpRequest, chosen: list[HeardCode]) -> Drafted:
    by_meaning: dict[Meant, list[tuple[str, str]]] = {}
    for each in chosen:
        if found := suggestion(each.last_description):
            meant = Meant(found.state.value, str(found.reason), found.physical, description=each.last_description[:500])
            by_meaning.setdefault(meant, []).append((each.system, each.code))
    now = timezone.now()
    done = [draft_codes(codes=codes, meant=meant, by=request.user, now=now) for meant, codes in by_meaning.items()]
    return Drafted(sum(each.written for each in done), sum(each.same for each in done))


def _say(request: HttpRequest, done: Drafted, chosen: int) -> None:
    left = chosen - done.written
    rest = f" {counted(left, 'code')} left alone: nothing was suggested for them." if left else ""
    words = f"{counted(done.written, 'code')} drafted. Nothing changes until you publish the draft.{rest}"
    messages.add_message(request, messages.SUCCESS if done.written else messages.WARNING, words)


def _tell(page: Page, drafts: dict) -> None:
    """Put on each row of the page what it shows beside its counts."""
    told = told_by([(row.system, row.code) for row in page.rows], unanswered=True)
    for row, found in zip(page.rows, told, strict=True):
        row.told, row.code_said, row.system_said = found, code_words(row.code), system_name(row.system)
        row.is_text = row.code.startswith(TEXT)
        row.suggestion = suggestion(row.last_description)
        row.suggested = suggested(row.suggestion)
        draft = drafts.get((row.system, row.code))
        row.drafted = said(change_of(draft).after) if draft else None
