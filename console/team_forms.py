"""What people fill in about their team: its members, invitations, groups and settings."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.heirs import Heirs
from teams.models import Group, Team, User
from teams.permissions import ROLE_SUMMARIES, Role
from teams.services.team import LONGEST_GRACE


def role_choices() -> list[tuple[str, SafeString]]:
    """Each role with what it means."""
    return [
        (role.value, format_html('{} <span class="choice-help">{}</span>', role.label, ROLE_SUMMARIES[role]))
        for role in Role
    ]


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=role_choices, widget=forms.RadioSelect)

    @property
    def chosen_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class InviteForm(RoleForm):
    email = forms.CharField(
        label="E-mail address",
        max_length=320,
        help_text="The invitation is good for this address only.",
        widget=forms.EmailInput(
            attrs={"placeholder": "name@example.com", "autocomplete": "off", "spellcheck": "false"}
        ),
        error_messages={"required": "Enter the e-mail address of the person to invite."},
    )

    field_order = ["email", "role"]


class AcceptForm(forms.Form):
    """For somebody who has no account yet."""

    full_name = forms.CharField(
        label="Full name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name, as your team knows you."},
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. Let a password manager make one, or use several words.",
    )
    password_again = forms.CharField(
        label="Password again",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"password", "password_again"} <= cleaned.keys() and cleaned["password"] != cleaned["password_again"]:
            raise ValidationError({"password_again": "This is not the same password."})
        return cleaned


class HeirForm(forms.Form):
    """What becomes of the keys of somebody who goes, or of a group that is deleted."""

    heir = forms.ChoiceField(
        label="What becomes of the keys",
        error_messages={
            "required": "Say what becomes of the keys.",
            "invalid_choice": "That is not possible any more. Choose again.",
        },
        help_text="Keys that are handed over go on working. Disabled ones can be enabled again.",
    )

    def __init__(self, *args: Any, heirs: Heirs, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._heirs = heirs
        field = self.fields["heir"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        field.choices = heirs.choices

    @property
    def chosen(self) -> tuple[User | Group, bool]:
        """Who owns the keys from now on, and whether they are disabled."""
        return self._heirs.chosen(self.cleaned_data["heir"])


class GroupForm(forms.Form):
    name = forms.CharField(
        label="Group name",
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "Quant Research", "autocomplete": "off"}),
        help_text="An internal team that can own keys. Its members can manage the keys that it owns.",
        error_messages={"required": "Give the group a name, such as “Quant Research”."},
    )


class GroupMemberForm(forms.Form):
    member = forms.ChoiceField(
        label="Member of the team", error_messages={"invalid_choice": "Choose somebody who is in the team."}
    )

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(person.pk): person for person in people}
        field = self.fields["member"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        field.choices = [("", "Choose…"), *((value, str(person)) for value, person in self._people.items())]

    @property
    def chosen(self) -> User:
        return self._people[self.cleaned_data["member"]]


class TeamSettingsForm(forms.Form):
    name = forms.CharField(label="Team name", max_length=100)
    max_key_lifetime_days = forms.IntegerField(
        label="Longest key lifetime",
        min_value=1,
        max_value=3650,
        help_text="In days. No key of the team can be generated for longer; keys that exist keep their date.",
    )
    expiry_reminders = forms.BooleanField(
        label="Mail reminders",
        required=False,
        help_text="Owners and admins are mailed 30, 14, 7 and 1 days before a key expires, and on the day.",
    )


class GraceForm(forms.Form):
    grace = forms.IntegerField(
        label="Grace",
        initial=7,
        min_value=0,
        max_value=LONGEST_GRACE.days,
        help_text="In days, from now. Until then members are only reminded; 0 asks for it with the next click.",
    )


class TypedSlugForm(forms.Form):
    slug = forms.CharField(
        label="Type the team's slug to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )

    def __init__(self, *args: Any, team: Team, nothing: str, **kwargs: Any) -> None:
        """`nothing` says what has not been done as long as the slug is not right."""
        super().__init__(*args, **kwargs)
        self._slug, self._nothing = team.slug, nothing
        self.fields["slug"].error_messages["required"] = f"Type the slug, as it is shown above. {nothing}"

    def clean_slug(self) -> str:
        if self.cleaned_data["slug"] != self._slug:
            raise ValidationError(f"This is not “{self._slug}”. {self._nothing}")
        return self._slug
