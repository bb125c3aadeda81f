"""The networks that somebody would like to try."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from ipsubnets.models import IPSubnet, IPSubnetQuerySet
from ipsubnets.networks import Network, NotANetwork, parse_network

MOST_LINES: Final = 10_000
MOST_ERRORS: Final = 5


class ProposalForm(forms.Form):
    networks = forms.CharField(
        label="Proposed networks",
        required=False,
        max_length=1_000_000,
        strip=False,
        help_text="One per line, IPv4 or IPv6; what follows a # is not read. An empty list refuses everything.",
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean_networks(self) -> list[Network]:
        try:
            return parse_lines(self.cleaned_data["networks"])
        except BadLines as error:
            raise ValidationError(error.messages) from None

    @property
    def proposed(self) -> list[Network]:
        found: list[Network] = self.cleaned_data["networks"]
        return found


class BadLines(ValueError):
    """Lines that are no networks. The messages are for the person who typed them."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


def parse_lines(text: str) -> list[Network]:
    """One network per line; empty lines and what follows a `#` are skipped. Raises `BadLines` that names each line."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise BadLines([f"These are {len(lines):,} lines; at most {MOST_LINES:,} are tried at once."])
    found: list[Network] = []
    wrong: list[str] = []
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        try:
            found.append(parse_network(words))
        except NotANetwork as error:
            wrong.append(f"Line {number}: {error}")
    if wrong:
        more = len(wrong) - MOST_ERRORS
        raise BadLines(wrong[:MOST_ERRORS] + ([f"…and {more} more."] if more > 0 else []))
    return found


def as_lines(subnets: IPSubnetQuerySet) -> str:
    """The networks as the form takes them, each with its label."""
    return "\n".join(map(_line, subnets.order_by("version", "first", "last")))


def _line(subnet: IPSubnet) -> str:
    return f"{subnet.network}  # {subnet.label}" if subnet.label else subnet.network


def initial(subnets: IPSubnetQuerySet) -> dict[str, Any]:
    return {"networks": as_lines(subnets)}
