"""Whom a person may make the owner of a key, as the choices of a form."""

from collections.abc import Mapping
from typing import Any

from django import forms

from apikeys.models import ApiKey
from teams.access import Access
from teams.models import Group, User
from teams.permissions import Permission

Owners = Mapping[str, User | Group]


def possible_owners(access: Access) -> dict[str, User | Group]:
    """Whom this person may make the owner of a key: admins anybody, others themselves and the groups they are in."""
    team = access.team
    groups = team.groups.order_by("name")
    people = [access.user]
    if access.allows(Permission.KEYS_MANAGE):
        people += [
            m.user
            for m in team.memberships.select_related("user").exclude(user=access.user).order_by("user__full_name")
        ]
    else:
        groups = groups.filter(members=access.user)
    owners: list[User | Group] = [*people, *groups]
    return {owner_value(owner): owner for owner in owners}


def owner_value(owner: User | Group) -> str:
    """What stands for an owner in forms and addresses: `user:ID` or `group:SLUG`."""
    return f"group:{owner.slug}" if isinstance(owner, Group) else f"user:{owner.pk}"


def value_of_owner(apikey: ApiKey) -> str:
    return owner_value(apikey.owner_group) if apikey.owner_group else f"user:{apikey.owner_user_id}"


def owner_choices(owners: Owners, access: Access) -> list[tuple[str, str]]:
    return [(value, _label(owner, access)) for value, owner in owners.items()]


def _label(owner: User | Group, access: Access) -> str:
    if isinstance(owner, Group):
        return f"{owner.name} (group)"
    return f"{owner} (you)" if owner.pk == access.user.pk else str(owner)


class HandOverForm(forms.Form):
    """Whose the keys are from now on; nobody is chosen beforehand. `owners` are those to choose from."""

    owner = forms.ChoiceField(
        label="New owner",
        help_text="Who answers for it from now on and is told before it expires.",
        error_messages={"required": "Choose who owns it from now on."},
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=200,
        help_text="Optional. It is kept in the activity log.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, access: Access, owners: Owners, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owners = owners
        owner_field = self.fields["owner"]
        assert isinstance(owner_field, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        owner_field.choices = [("", "Choose…"), *owner_choices(owners, access)]

    @property
    def chosen_owner(self) -> User | Group:
        return self._owners[self.cleaned_data["owner"]]
