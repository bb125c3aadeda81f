"""Choosing the networks that a key is bound to."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from apikeys.network_binding import MOST_BOUND
from ipsubnets.models import IPSubnet
from ipsubnets.networks import NotANetwork, parse_network
from teams.models import Team

ALL: Final = "all"
ONLY: Final = "only"
MOST_TO_TICK: Final = 50
"""Networks that are offered one by one; where a team has more, they are typed."""


class NetworkFields(forms.Form):
    """The part of a form in which it is chosen whether a key is narrowed, and to what."""

    reach = forms.ChoiceField(
        label="Requests may come from",
        widget=forms.RadioSelect,
        choices=[(ALL, "All of the team's networks, now and later"), (ONLY, "Only some of them")],
        initial=ALL,
        required=False,
    )
    networks = forms.MultipleChoiceField(
        label="Only these networks", required=False, widget=forms.CheckboxSelectMultiple
    )

    def offer_networks(self, team: Team, *, bound: list[IPSubnet] | None = None) -> None:
        """Called when the form is made; `bound` are those that the key is bound to, if it is to any."""
        kept = {subnet.pk: subnet for subnet in bound or ()}
        offered = IPSubnet.objects.filter(team=team).unended().order_by("version", "first", "last")
        self._team, self._kept = team, kept
        listed = list(offered[: MOST_TO_TICK + 1])
        if not listed and bound is None:
            del self.fields["reach"], self.fields["networks"]
            return
        if len(listed) <= MOST_TO_TICK:
            choices = {subnet.pk: subnet for subnet in listed} | kept
            field = self.fields["networks"]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker: declared above
            field.choices = [(pk, str(subnet)) for pk, subnet in choices.items()]
            field.initial = list(kept)
        else:
            self.fields["networks"] = forms.CharField(
                label="Only these networks",
                required=False,
                help_text="As the team lists them, one per line.",
                widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
                initial="\n".join(subnet.network for subnet in kept.values()),
            )
        if bound is not None:
            self.fields["reach"].initial = ONLY

    def clean_networks(self) -> list[str]:
        chosen: Any = self.cleaned_data["networks"]
        ids = chosen if isinstance(chosen, list) else self._ids_of(chosen.splitlines())
        only = self.cleaned_data.get("reach") == ONLY
        if only and not ids:
            raise ValidationError("Choose at least one network, or all of the team's.")
        if len(ids) > MOST_BOUND:
            raise ValidationError(f"A key is bound to at most {MOST_BOUND} networks.")
        if ids and not only:
            raise ValidationError("You chose networks: choose “Only some of them” above too, or none of these.")
        return ids

    def _ids_of(self, lines: list[str]) -> list[str]:
        wanted = []
        for line in filter(None, map(str.strip, lines)):
            try:
                wanted.append(parse_network(line).cidr)
            except NotANetwork as error:
                raise ValidationError(str(error)) from None
        listed = IPSubnet.objects.filter(team=self._team, network__in=wanted)
        found = [subnet for subnet in listed if subnet.counts or subnet.pk in self._kept]
        missing = set(wanted) - {subnet.network for subnet in found}
        if missing:
            raise ValidationError(f"The team does not list {min(missing)}.")
        return [subnet.pk for subnet in found]

    @property
    def chosen_networks(self) -> list[str] | None:
        """IDs; None for all that the team has and will have."""
        return self.cleaned_data["networks"] if self.cleaned_data.get("reach") == ONLY else None

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody has chosen something here: then it is shown without being asked for."""
        return self.is_bound and "reach" in self.fields and self["reach"].value() == ONLY


class BindKeyForm(NetworkFields):
    """Without a choice nothing is changed: what is left out of a post must not widen a key."""

    def __init__(self, *args: Any, team: Team, bound: list[IPSubnet] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reach"].required = True
        self.offer_networks(team, bound=bound)
