"""What people fill in to find events in the audit trail. It stands in the page's address, so it can be shared."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict

from teams.audit_search import AREAS, Area, EventFilter, kind_choices
from teams.expiry_choices import DateInput
from teams.listing import LONGEST_SEARCH

PREFIX: Final = "events"
DAYS: Final = (
    MinValueValidator(date(2000, 1, 1), "Gatehouse is younger than that."),
    MaxValueValidator(date(2999, 12, 31), "That is too far ahead."),
)
"""Not every other day is one in every time zone."""

EVERYWHERE: Final = "everywhere"


def _text(label: str, placeholder: str, **more: str) -> forms.CharField:
    attributes = {"placeholder": placeholder, "autocomplete": "off", "spellcheck": "false", **more}
    return forms.CharField(
        label=label, required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs=attributes)
    )


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=DAYS,
        widget=DateInput(),
        error_messages={"invalid": "Write the date as 2026-03-31."},
    )


class ActivityFilterForm(forms.Form):
    actor = _text("Who", "Name or e-mail address", list="people")
    thing = _text("To what", "Key, network, person…")
    kind = forms.ChoiceField(
        label="What happened", required=False, error_messages={"invalid_choice": "Nothing of that kind is recorded."}
    )
    since = _day("From")
    until = _day("To")

    def __init__(self, data: QueryDict, *, areas: Sequence[Area]) -> None:
        super().__init__(data, auto_id="filter-%s")
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        field.choices = kind_choices(areas)

    def add_prefix(self, field_name: str) -> str:
        """As the parameters of lists are called."""
        return f"{PREFIX}.{field_name}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            raise ValidationError({"until": "This is before the day to begin with."})
        return cleaned

    @property
    def chosen(self) -> EventFilter:
        """Of a valid form."""
        return EventFilter(**{name: self.cleaned_data[name] for name in ("actor", "thing", "kind", "since", "until")})


class InstallationFilterForm(ActivityFilterForm):
    where = forms.ChoiceField(
        label="Where",
        required=False,
        choices=[("", "This installation"), (EVERYWHERE, "Everywhere")],
    )

    field_order = ["where"]

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, areas=AREAS)

    @property
    def everywhere(self) -> bool:
        return self.is_valid() and self.cleaned_data["where"] == EVERYWHERE
