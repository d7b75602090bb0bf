"""What people type on a case's page, checked before an action sees it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MaxLengthValidator
from django.utils.dateparse import parse_datetime

from exceptions_queue.models import FollowUp
from exceptions_queue.policy.clocks import instant_of
from exceptions_queue.policy.situation import Team
from exceptions_queue.transitions import AllowedDecision, Outcome
from shipments.spoken import zone_name

_WORTH: Final = [("yes", "Yes"), ("no", "No"), ("", "No opinion")]
_MORNING: Final = 9
_MOST_WORDS: Final = 4000
"""How many characters a note may have. Source: our own; two pages of a letter."""
_WHENS: Final = [
    ("1", "Tomorrow morning"),
    ("2", "In 2 days"),
    ("3", "In 3 days"),
    ("7", "In a week"),
]
_SCAN: Final = ("scan", "The next scan, or in a week without one")
_EXACT: Final = ("exact", "At the time below")
_DAYS_FOR_A_SCAN: Final = 7
"""How long a case waits for a scan that does not come. Source: our own default, as `_SCAN` says."""
_WAITS: Final = [
    ("carrier", "The carrier"),
    ("customer", "The customer"),
    ("warehouse", "The warehouse"),
    ("finance", "Finance"),
    ("date", "Nobody: snooze it"),
]


def words_field(label: str, *, required: bool = True, rows: int = 2, help_text: str = "") -> forms.CharField:
    """Return a field for sentences; one too long is refused and kept, where a browser's own limit would cut it."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.Textarea({"rows": rows}),
        validators=[MaxLengthValidator(_MOST_WORDS)],
    )


class WorthField(forms.ChoiceField):
    """Whether a case was worth one: one tap or one key, and never asked for twice; no opinion is an answer too."""

    def __init__(self) -> None:
        super().__init__(label="Was this worth a case?", choices=_WORTH, required=False, widget=forms.RadioSelect)

    def clean(self, value: Any) -> bool | None:
        return worth(super().clean(value))


class PageForm(forms.Form):
    """One of several forms on a page: its fields have ids of their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)


class OnceForm(PageForm):
    """A form that a page gives a name of its own, so that what was sent twice from it is done once."""

    once = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)


class WhenField(forms.DateTimeField):
    """An instant typed by a person as the clock on their wall shows it, in `zone`."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    zone: tzinfo = UTC

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **kwargs)

    def put_in(self, zone: tzinfo) -> None:
        """Read and show wall clocks of a zone, and say beside the field which it is."""
        self.zone, self.label = zone, f"{self.label} ({zone_name(zone)})"

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant in UTC; of an hour that the clock repeats the first, of one that it skips the next."""
        at: datetime | None = super().to_python(value)
        if at is None or _says_its_zone(value):
            return at
        return instant_of(at.astimezone(UTC).replace(tzinfo=None), self.zone)


def _says_its_zone(value: Any) -> bool:
    said = parse_datetime(value.strip()) if isinstance(value, str) else value
    return isinstance(said, datetime) and said.tzinfo is not None


class TimedForm(PageForm):
    """A form that asks for times: of the wall clock in `zone`, where those work who type them."""

    def __init__(self, *args: Any, zone: tzinfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        for field in self.fields.values():
            if isinstance(field, WhenField):
                field.put_in(zone)


class HandOverForm(OnceForm):
    """To whom the case goes, and what they need to know."""

    to_team = forms.ChoiceField(label="To", choices=Team.choices)
    note = words_field("What they need to know")


class WaitForm(TimedForm, OnceForm):
    """Whom the case waits for, and until when; `promise_ends` offers that instant where it is still to come."""

    waiting_on = forms.ChoiceField(label="Wait for", choices=_WAITS)
    when = forms.ChoiceField(label="Until", choices=[*_WHENS, _SCAN, _EXACT])
    until = WhenField(label="Exact time", required=False)
    note = words_field("Why", required=False)

    def __init__(self, *args: Any, now: datetime, promise_ends: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now, self._promise_ends = now, promise_ends
        if promise_ends is not None and promise_ends > now:
            ends = f"{promise_ends.astimezone(self.zone):%a %-d %b, %H:%M} ({zone_name(self.zone)})"
            self.fields["when"].choices = [*_WHENS, _SCAN, ("promise", f"Its promise ends, {ends}"), _EXACT]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["or_scan"] = given.get("when") == _SCAN[0]
        if given.get("when") == "exact":
            if not given.get("until"):
                self.add_error("until", "Say until when, or choose one of the times above.")
            elif given["until"] <= self._now:
                self.add_error("until", "This time is over; choose a later one.")
        elif given.get("when") == "promise":
            given["until"] = self._promise_ends
        elif when := given.get("when"):
            given["until"] = morning_in(_DAYS_FOR_A_SCAN if given["or_scan"] else int(when), self._now, self.zone)
        return given


class NoteForm(OnceForm):
    """A note in the case's history."""

    text = words_field("Note", help_text="Everybody who opens the case reads it.")


class DecideForm(OnceForm):
    """A decision with what it needs; the action checks it again under its lock."""

    kind = forms.CharField(widget=forms.HiddenInput)
    amount = forms.DecimalField(label="Amount", max_digits=12, decimal_places=2, min_value=0, required=False)
    currency = forms.CharField(label="Currency", max_length=3, required=False)
    note = words_field("Note", required=False)
    override_reason = words_field("Why compensate this order once more", required=False)
    worth_it = WorthField()

    def __init__(self, *args: Any, decision: AllowedDecision | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if decision is not None:
            self._ask_only_for(decision)

    def _ask_only_for(self, decision: AllowedDecision) -> None:
        unneeded = {
            "amount": not decision.needs_amount,
            "currency": not decision.needs_amount,
            "override_reason": not decision.needs_reason,
            "worth_it": decision.outcome is not Outcome.CLOSES or decision.kind == "not_worth_a_case",
        }
        for name, dropped in unneeded.items():
            if dropped:
                del self.fields[name]
            elif name != "worth_it":
                self.fields[name].required = True


class CloseForm(OnceForm):
    """That the work is done, in a sentence."""

    reason = words_field("What was done")
    worth_it = WorthField()


class ReopenForm(OnceForm):
    """Why a closed case is open again, in a sentence."""

    reason = words_field("Why", help_text="What was decided stands as it was.")


class ApproveForm(OnceForm):
    """A second person's yes to what was proposed; the action checks it again under its lock."""

    approval_id = forms.IntegerField(widget=forms.HiddenInput)
    override_reason = words_field("Why compensate this order once more", required=False)
    note = words_field("Note", required=False)
    worth_it = WorthField()

    def __init__(self, *args: Any, decision: AllowedDecision | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if decision is None or not decision.needs_reason:
            del self.fields["override_reason"]
        else:
            self.fields["override_reason"].required = True
        if decision is None or decision.outcome is not Outcome.CLOSES:
            del self.fields["worth_it"]


class RefuseForm(OnceForm):
    """A second person's no to what was proposed, with the reason for who proposed it."""

    approval_id = forms.IntegerField(widget=forms.HiddenInput)
    reason = words_field("Why it is refused")


class ConfirmForm(OnceForm):
    """That the parcel is fine again, and whether the case was worth it."""

    worth_it = WorthField()


class FollowUpForm(TimedForm, OnceForm):
    """A question to the carrier: how it was asked, and when the answer is promised."""

    kind = forms.ChoiceField(label="What for", choices=FollowUp.Kind.choices)
    channel = forms.ChoiceField(label="How", choices=FollowUp.Channel.choices)
    promised_reply_at = WhenField(label="Answer promised by")
    reference = forms.CharField(label="Their reference", max_length=200, required=False)
    note = words_field("What was asked", required=False)
    assigned_to = forms.ChoiceField(label="Who chases it", required=False)

    def __init__(self, *args: Any, people: Iterable[User] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(each.pk): each for each in people}
        if self._people:
            named = [(pk, each.get_full_name() or each.get_username()) for pk, each in self._people.items()]
            self.fields["assigned_to"].choices = [("", "Nobody yet"), *named]
        else:
            del self.fields["assigned_to"]

    def clean_assigned_to(self) -> User | None:
        return self._people.get(self.cleaned_data["assigned_to"])


def morning_in(days: int, now: datetime, zone: tzinfo) -> datetime:
    """Return nine o'clock in a zone so many of its days from now, in UTC."""
    return instant_of(datetime.combine(now.astimezone(zone).date() + timedelta(days=days), time(_MORNING)), zone)


def worth(answer: str) -> bool | None:
    """Return the opinion a person chose, None for none."""
    return {"yes": True, "no": False}.get(answer)
