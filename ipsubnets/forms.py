"""What people fill in about networks."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ipsubnets.networks import HostBitsSet, Network, NotANetwork, parse_network
from teams.expiry_choices import BY_DATE, ByDateForm, DateInput, chosen_moment

NEVER = "never"
DISTANCES = {
    "1h": timedelta(hours=1),
    "8h": timedelta(hours=8),
    "1d": timedelta(days=1),
    "1w": timedelta(weeks=1),
}


class TrialField(forms.TypedChoiceField):
    """Whether the change reverts by itself, and in how many minutes."""

    def __init__(self) -> None:
        super().__init__(
            label="Revert by itself",
            required=False,
            coerce=lambda minutes: timedelta(minutes=int(minutes)),
            empty_value=None,
            choices=[("", "No"), *((str(n), f"Unless confirmed within {n} minutes") for n in (2, 5, 10, 30))],
            help_text="For changes that could lock you out.",
        )


class TrialForm(forms.Form):
    trial = TrialField()


class CreateSubnetForm(ByDateForm):
    """`proposals` holds, when what was typed has host bits set, what it could mean: a network, or one address in it.

    Each is offered as a button named `use`, so that the person chooses and nothing is guessed.
    """

    network = forms.CharField(
        label="IP address or network",
        max_length=64,
        help_text="IPv4 or IPv6, one address or CIDR. List only static addresses: production servers, office, VPN.",
        widget=forms.TextInput(
            attrs={
                "placeholder": "203.0.113.0/24",
                "autocomplete": "off",
                "spellcheck": "false",
                "inputmode": "text",
            }
        ),
        error_messages={"required": "Enter an IP address or a network, such as 203.0.113.7 or 203.0.113.0/24."},
    )
    label = forms.CharField(
        label="Label",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "London office VPN", "autocomplete": "off"}),
    )
    ends = forms.ChoiceField(
        label="Ends",
        choices=[
            (NEVER, "Never"),
            ("1h", "In 1 hour"),
            ("8h", "In 8 hours"),
            ("1d", "In a day"),
            ("1w", "In a week"),
            (BY_DATE, "After a date…"),
        ],
        initial=NEVER,
    )
    ends_on = forms.DateField(label="Last day", required=False, widget=DateInput)
    trial = TrialField()
    accept_wide = forms.BooleanField(
        label="I understand that this lets in a very large part of the internet", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposals: list[Network] = []
        self.asks_wide = False

    def clean_network(self) -> Network:
        try:
            network = parse_network(self.cleaned_data["network"])
        except HostBitsSet as error:
            self.proposals = [error.proposal, parse_network(error.address)]
            chosen = [proposal for proposal in self.proposals if proposal.cidr == self.data.get("use")]
            if not chosen:
                raise ValidationError(str(error)) from None
            network = chosen[0]
            # If the form comes back, for a confirmation say, it comes back with what was chosen.
            self.data = dict(self.data.items()) | {"network": network.cidr}
        except NotANetwork as error:
            raise ValidationError(str(error)) from None
        self.asks_wide = network.is_wide
        return network

    @property
    def expires_at(self) -> datetime | None:
        if self.cleaned_data["ends"] == NEVER:
            return None
        return chosen_moment(self.cleaned_data["ends"], self.cleaned_data.get("ends_on"), DISTANCES)
