"""What operations fills in about parcels no order claims."""

from __future__ import annotations

from typing import Any

from django import forms

from shipments.filters import occurring_carriers
from shipments.marks import CARRIERS, carrier_name


class AttachForm(forms.Form):
    """Which order, and why if there is something to say."""

    order_id = forms.CharField(label="Order", max_length=200)
    reason = forms.CharField(label="Why", max_length=500, required=False)


class CorrectForm(forms.Form):
    """Which carrier really has the parcel, and why if there is something to say."""

    carrier = forms.ChoiceField(label="Right carrier")
    reason = forms.CharField(label="Why", max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted({*CARRIERS, *occurring_carriers()}, key=carrier_name)
        self.fields["carrier"].choices = [("", "Choose…"), *((each, carrier_name(each)) for each in known)]
