"""What a person may let a new key do: nothing that the person's own role does not allow."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from apikeys.scopes import DEFAULT, LABELS, MOST, Scope
from teams.access import Access
from teams.models import Team
from teams.permissions import Permission

WHO_MAY_GIVE: Final = {
    Scope.DATASETS_READ: Permission.TEAM_READ,
    Scope.KEYS_READ: Permission.TEAM_READ,
    Scope.KEYS_WRITE: Permission.KEYS_MANAGE,
    Scope.SUBNETS_READ: Permission.TEAM_READ,
    Scope.SUBNETS_WRITE: Permission.SUBNETS_MANAGE,
    Scope.AUDIT_READ: Permission.ACTIVITY_READ,
}
"""A key acts for the whole team: what it may change, only those may let it who may change all of it."""

DatasetChoices = Callable[[Team], list[tuple[str, str]]]
datasets_to_choose_from: list[DatasetChoices] = []
"""IDs and names of the datasets that a team's keys can be narrowed to. The app above that knows them adds its own."""


class ScopeFields(forms.Form):
    """The part of a form in which a key's scopes are chosen."""

    scopes = forms.MultipleChoiceField(
        label="The key may",
        widget=forms.CheckboxSelectMultiple,
        initial=[DEFAULT],
        help_text="Fixed once the key is generated. Whoever owns the key can rotate it, and so holds what it may do.",
        error_messages={"required": "Choose at least one thing that the key may do."},
    )
    datasets = forms.MultipleChoiceField(
        label="Only these datasets",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every dataset that the team is subscribed to, now and later.",
    )

    def offer_scopes(self, access: Access) -> None:
        """Called when the form is made: the choices are those of the person and the team."""
        self._choose_from("scopes", [(str(s), LABELS[s]) for s in Scope if access.allows(WHO_MAY_GIVE[s])])
        datasets = [choice for of_team in datasets_to_choose_from for choice in of_team(access.team)]
        if datasets:
            self._choose_from("datasets", datasets)
        else:
            del self.fields["datasets"]

    def _choose_from(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker: declared above
        field.choices = choices

    def clean_datasets(self) -> list[str]:
        datasets: list[str] = self.cleaned_data["datasets"]
        if datasets and DEFAULT not in self.cleaned_data.get("scopes", ()):
            raise ValidationError("The key does not read datasets: tick “Read datasets” above, or none of these.")
        if len(datasets) + len(Scope) > MOST:
            raise ValidationError(f"Choose at most {MOST - len(Scope)} of them, or none for all.")
        return datasets

    @property
    def chosen_scopes(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["scopes"]
        datasets: Iterable[str] = self.cleaned_data.get("datasets", ())
        narrowed = [f"{DEFAULT}:{dataset}" for dataset in datasets]
        return [scope for scope in chosen if scope != DEFAULT] + narrowed if narrowed else chosen

    @property
    def is_unusual(self) -> bool:
        """Whether what the key may do is not the usual, or not yet right: then it is shown without being asked for."""
        chosen: Any = self["scopes"].value()
        narrowed = "datasets" in self.fields and self["datasets"].value()
        return bool(self.is_bound and (list(chosen or ()) != [DEFAULT] or narrowed))
