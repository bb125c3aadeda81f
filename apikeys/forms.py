"""What people fill in about keys."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from apikeys.names import LONGEST, BadName, clean_name
from apikeys.network_choices import NetworkFields
from apikeys.owner_choices import owner_choices, owner_value, possible_owners
from apikeys.rules import MOST_PER_MINUTE
from apikeys.scope_choices import ScopeFields
from teams.access import Access
from teams.expiry_choices import BY_DATE, ByDateForm, DateInput, chosen_moment
from teams.models import Group, Team, User

PERIODS = (7, 30, 60, 90, 180, 365)
PROPOSED_PERIOD = 90


def period_choices(team: Team) -> list[tuple[str, str]]:
    """The periods that the team's maximum allows, and a date."""
    longest = team.max_key_lifetime_days
    days = [period for period in PERIODS if period <= longest]
    if longest not in days and longest < PERIODS[-1]:
        days.append(longest)
    return [(str(period), f"{period} days" if period != 1 else "1 day") for period in days] + [
        (BY_DATE, "Until a date…")
    ]


class ExpiryForm(ByDateForm):
    expires_in = forms.ChoiceField(label="Expiration Period")
    expires_on = forms.DateField(label="Expiration date", required=False, widget=DateInput)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    choice_field, date_field = "expires_in", "expires_on"

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        choices = period_choices(team)
        periods = [int(value) for value, _ in choices if value != BY_DATE]
        period_field = self.fields["expires_in"]
        assert isinstance(period_field, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        period_field.choices = choices
        period_field.initial = str(max((p for p in periods if p <= PROPOSED_PERIOD), default=BY_DATE))
        period_field.help_text = f"This team's keys live at most {team.max_key_lifetime_days} days."
        today = timezone.localdate()
        self.fields["expires_on"].widget.attrs |= {
            "min": today.isoformat(),
            "max": (today + timedelta(days=team.max_key_lifetime_days - 1)).isoformat(),
        }
        self.fields["submission"].initial = uuid4

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "submission" in self.errors:
            raise ValidationError("This form is incomplete. Close it, open it anew and send it again.")
        return cleaned

    def renew_submission(self) -> None:
        """The form has been used: whoever has read what became of it can send it once more."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        data[self.add_prefix("submission")] = str(uuid4())
        self.data = data

    @property
    def expires_at(self) -> datetime:
        cleaned = self.cleaned_data
        distances = {str(days): timedelta(days=days) for days in range(1, self.team.max_key_lifetime_days + 1)}
        moment = chosen_moment(cleaned["expires_in"], cleaned.get("expires_on"), distances)
        assert moment is not None  # noqa: S101 - for the type checker: clean() has asked for the date
        return moment


class GenerateKeyForm(NetworkFields, ScopeFields, ExpiryForm):
    name = forms.CharField(
        label="Key Name",
        strip=True,
        max_length=LONGEST,
        widget=forms.TextInput(
            attrs={"placeholder": "Backtesting-Alpha-Bot", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text="Say what will use it, so that everybody knows what stops when it is revoked.",
        error_messages={"required": "Give the key a name, such as “Backtesting-Alpha-Bot”."},
    )
    owner = forms.ChoiceField(label="Owner", help_text="Who answers for the key and is told before it expires.")
    rate_limit = forms.IntegerField(
        label="Rate limit",
        required=False,
        min_value=1,
        max_value=MOST_PER_MINUTE,
        help_text="Requests per minute. Leave it empty for no limit.",
    )
    keep_sealed_copy = forms.BooleanField(
        label="Keep a sealed copy",
        required=False,
        help_text="Encrypted, so that you can copy the key again later after signing in anew. Leave this off unless "
        "you need it: the safest copy is the one that does not exist.",
    )

    field_order = ["name", "expires_in", "expires_on", "owner", "rate_limit", "scopes", "datasets", "keep_sealed_copy"]

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, team=access.team, **kwargs)
        self._owners = possible_owners(access)
        owner_field = self.fields["owner"]
        assert isinstance(owner_field, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        owner_field.choices = owner_choices(self._owners, access)
        owner_field.initial = owner_value(access.user)
        self.offer_scopes(access)
        self.offer_networks(access.team)
        if not access.team.sealed_copies_allowed:
            del self.fields["keep_sealed_copy"]

    def clean_name(self) -> str:
        try:
            return clean_name(self.cleaned_data["name"])
        except BadName as error:
            raise ValidationError(str(error)) from None

    @property
    def chosen_owner(self) -> User | Group:
        return self._owners[self.cleaned_data["owner"]]


class RenameKeyForm(forms.Form):
    name = forms.CharField(
        label="Key Name",
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Programs that use the key do not notice. The gate tells upstream services the new name.",
        error_messages={"required": "Give the key a name."},
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=200,
        help_text="Optional. It is shown in the list and kept in the activity log.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
