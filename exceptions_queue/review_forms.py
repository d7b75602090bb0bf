"""What people type into a review: how many days to draw from, and the answers to one case."""

from __future__ import annotations

from typing import Final

from django import forms

from exceptions_queue.actions.reviews import LONGEST_DAYS
from exceptions_queue.reviews.questions import Answer, Question

DEFAULT_DAYS: Final = 14
"""From how many days cases are drawn. Source: the twenty-case review of the rollout plan."""


class DrawForm(forms.Form):
    """From which days cases are drawn."""

    days = forms.IntegerField(label="Days to draw from", min_value=1, max_value=LONGEST_DAYS, initial=DEFAULT_DAYS)


class AnswersForm(forms.Form):
    """The three answers of one case; each is asked for by its question."""

    messaged = forms.ChoiceField(label=Question.MESSAGED.label, choices=Answer.choices)
    paused = forms.ChoiceField(label=Question.PAUSED.label, choices=Answer.choices)
    evidence = forms.ChoiceField(label=Question.EVIDENCE.label, choices=Answer.choices)
    note = forms.CharField(
        label="Note", max_length=2000, required=False, widget=forms.Textarea({"rows": 2, "data-key": "a"})
    )
    was = forms.CharField(required=False, widget=forms.HiddenInput)
