"""What people type on the pages of feeds and incidents."""

from __future__ import annotations

from typing import Any, Final

from django import forms

MOST_HOURS: Final = 24 * 60
"""Sixty days: a feed that may keep silent for longer is not watched."""


class SilenceForm(forms.Form):
    """After how many hours of silence a feed is an incident; empty for never."""

    hours = forms.IntegerField(
        label="Silent after, in hours",
        required=False,
        min_value=1,
        max_value=MOST_HOURS,
        help_text="Whole hours. Leave it empty so that its silence is never an incident.",
        error_messages={
            "invalid": "Write whole hours such as 6, or leave it empty.",
            "min_value": "Write 1 hour or more, or leave it empty.",
            "max_value": f"Write {MOST_HOURS} hours or fewer, or leave it empty.",
        },
    )


class NoteForm(forms.Form):
    """What was found or done about an incident."""

    text = forms.CharField(
        label="What was found or done",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write what was found or done.", "max_length": "Keep it under 2,000 characters."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_note_%s", **kwargs)
