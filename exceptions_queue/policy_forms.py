"""A sentence of the policy as a form: each field stands where it is read."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.forms import BoundField

from exceptions_queue.policy.clauses import Clause, Field, FieldKind, input_name, path_words
from exceptions_queue.policy.reading import PolicyError
from exceptions_queue.policy.situation import FindingKind

_NUMBERS: Final = (FieldKind.WHOLE, FieldKind.NUMBER, FieldKind.LIMIT)
_MISSING: Final = re.compile(r"'([^']+)' is missing")
_YES_NO: Final = (("yes", "yes"), ("no", "no"))


class ClauseForm(forms.Form):
    """One sentence with its fields; the document itself says what may be typed, so nothing is checked here."""

    def __init__(self, clause: Clause, data: Any = None) -> None:
        super().__init__(data, auto_id=f"id_{clause.key}_%s")
        self.clause = clause
        for field in clause.fields:
            self.fields[input_name(field.path)] = _form_field(field)

    @property
    def pieces(self) -> list[tuple[str, BoundField | None]]:
        """Return the sentence's words and, where one stands, its field."""
        pieces: list[tuple[str, BoundField | None]] = []
        for part in self.clause.parts:
            if isinstance(part, str):
                pieces.append((part, None))
            else:
                pieces += [(part.before, None), ("", self[input_name(part.path)]), (part.after, None)]
        kept = [(words, field) for words, field in pieces if words or field]
        ends_below = len(kept) > 1 and kept[-1][0] == "." and isinstance(_widget_of(kept[-2][1]), forms.Textarea)
        return kept[:-1] if ends_below else kept

    def blame(self, problem: PolicyError) -> None:
        """Put an error of the document beside the field it is about, else above the sentence."""
        at, said = _place_and_words(problem)
        for field in self.clause.fields:
            place = path_words(field.path).replace(".*", "")
            if at == path_words(field.path) or at == place or at.startswith(f"{place}["):
                self.add_error(input_name(field.path), said)
                return
        self.add_error(None, said)


class WhyForm(forms.Form):
    """Why a version comes into force, and which one the person saw in force."""

    note = forms.CharField(
        label="Why", max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text="Everybody who asks about a case later reads it.",
    )  # fmt: skip
    over = forms.IntegerField(widget=forms.HiddenInput)


class LookForForm(forms.Form):
    """A finding that the draft does not look for yet."""

    kind = forms.ChoiceField(label="Also look for")

    def __init__(self, *args: Any, kinds: list[FindingKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]


def _place_and_words(problem: PolicyError) -> tuple[str, str]:
    """Return the place to blame and the words; a line that is missing is a field left empty."""
    if missing := _MISSING.fullmatch(problem.problem):
        return f"{problem.path}.{missing[1]}", "Nothing is written: it goes with what is filled beside it."
    said = f"{problem.problem[:1].upper()}{problem.problem[1:]}: {problem.fix}"
    return problem.path, said if said.endswith("?") else f"{said}."


def _widget_of(field: BoundField | None) -> forms.Widget | None:
    return field.field.widget if field else None


def _form_field(field: Field) -> forms.CharField:
    return forms.CharField(
        label=field.label, required=False, initial=field.typed, strip=False, max_length=8000, widget=_widget(field)
    )


def _widget(field: Field) -> forms.Widget:
    about = {"aria-label": f"{field.label}, {field.hint}" if field.hint else field.label, "title": field.hint}
    attrs = {name: value for name, value in about.items() if value}
    if field.choices or field.kind is FieldKind.FLAG:
        return forms.Select(attrs, choices=field.choices or _YES_NO)
    if field.kind in _NUMBERS:
        return forms.TextInput(attrs | {"inputmode": "decimal", "size": max(len(field.typed), 3)})
    if len(field.typed) > 60:
        return forms.Textarea(attrs | {"rows": 2 + len(field.typed) // 110})
    return forms.TextInput(attrs | {"size": min(max(len(field.typed) + 2, 10), 60)})
