"""What the operations owner types on the code pages, checked before an action sees it."""

from __future__ import annotations

from typing import Any

from django import forms

from carriers.code_pages.words import PHYSICAL, system_name
from carriers.codebook.drafts import Meant
from carriers.codebook.publishing import LONGEST_NOTE
from shipments.facts import Reason, State

_LONGEST_CODE = 300


class MeaningForm(forms.Form):
    """What a code shall mean."""

    state = forms.ChoiceField(label="Means", choices=[("", "Choose a state"), *State.choices])
    reason = forms.ChoiceField(label="Because", choices=[("", "No reason given"), *Reason.choices], required=False)
    physical = forms.ChoiceField(label="What it is", choices=PHYSICAL)
    action_required = forms.BooleanField(label="Somebody has to act", required=False)
    description = forms.CharField(label="In words", required=False, max_length=500)

    def meant(self) -> Meant:
        """Return the meaning that was typed."""
        given: dict[str, Any] = self.cleaned_data
        return Meant(
            given["state"], given["reason"], given["physical"] == "yes", given["action_required"], given["description"]
        )


class NewCodeForm(MeaningForm):
    """A code nobody has heard yet, and what it shall mean."""

    system = forms.CharField(label="System", max_length=60, help_text="Who speaks this code")
    code = forms.CharField(label="Code", max_length=_LONGEST_CODE, help_text="Type and code joined by “:”, like X:DE")

    field_order = ("system", "code", "state", "reason", "physical", "description", "action_required")

    def __init__(self, *args: Any, systems: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].widget = forms.Select(choices=[(each, system_name(each)) for each in systems])


class PublishForm(forms.Form):
    """Why the draft is published, and which draft was looked at."""

    note = forms.CharField(
        label="Why", max_length=LONGEST_NOTE, widget=forms.Textarea({"rows": 2}),
        help_text="Kept with the publication: who told you, where it is documented.",
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput)
