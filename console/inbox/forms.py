"""What people fill in to allow a refused address."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone

from console.inbox.services import label_for, networks_around
from console.models import Refusal
from ipsubnets.addresses import Address
from ipsubnets.networks import Network
from ipsubnets.ranges import bounds
from ipsubnets.services import LONGEST_LABEL

ALONE: Final = "alone"
BLOCK: Final = "block"
FOR_GOOD: Final = "for-good"
FOR_8_HOURS: Final = "8h"


class AllowForm(forms.Form):
    which = forms.ChoiceField(label="Which addresses", widget=forms.RadioSelect, initial=ALONE)
    ends = forms.ChoiceField(
        label="For how long",
        widget=forms.RadioSelect,
        choices=[(FOR_8_HOURS, "For 8 hours"), (FOR_GOOD, "For good")],
        initial=FOR_8_HOURS,
    )
    label = forms.CharField(
        label="Label", required=False, max_length=LONGEST_LABEL, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, refusal: Refusal, address: Address, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _, block = networks_around(address)
        which = self.fields["which"]
        assert isinstance(which, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        which.choices = [(ALONE, f"Only {address.text}"), (BLOCK, _preview(block))]
        self.fields["label"].initial = label_for(refusal)

    @property
    def block(self) -> bool:
        return bool(self.cleaned_data["which"] == BLOCK)

    @property
    def expires_at(self) -> datetime | None:
        return None if self.cleaned_data["ends"] == FOR_GOOD else timezone.now() + timedelta(hours=8)


class ExplainForm(forms.Form):
    NOT_FOUND: Final = (
        "No refusal of this team in the last 7 days has this ID. A request without a key, or with one that does not "
        "exist, belongs to no team and is not kept."
    )
    request_id = forms.CharField(
        label="Request ID",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        error_messages={"required": "Paste the request_id of a refusal."},
    )


def _preview(network: Network) -> str:
    first, last = bounds(network.version, network.first, network.last)
    size = f"{network.size:,}" if network.version == 4 else f"2^{network.size.bit_length() - 1}"
    return f"{network}: {size} addresses, {first} to {last}"
