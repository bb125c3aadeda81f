"""Who can take over the keys of a member who goes or of a group that is deleted."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from teams.errors import RefusedChange
from teams.models import Group, Team, User
from teams.permissions import Role

DISABLE = "disable"

Choices = list[tuple[str, str | list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Heirs:
    """`keeper` becomes the owner of keys that are disabled: no key is without one."""

    keeper: User
    people: Sequence[User]
    groups: Sequence[Group]
    keeper_is_asked: bool

    @property
    def choices(self) -> Choices:
        """For a select; nothing is chosen beforehand."""
        become = "yours" if self.keeper_is_asked else f"{self.keeper}’s"
        choices: Choices = [("", "Choose…"), (DISABLE, f"Disable them; they become {become}")]
        if self.people:
            choices.append(("Hand them to a member", [(_value(person), str(person)) for person in self.people]))
        if self.groups:
            choices.append(("Hand them to a group", [(_value(group), str(group)) for group in self.groups]))
        return choices

    def chosen(self, value: str) -> tuple[User | Group, bool]:
        """Who owns the keys from now on, and whether they are disabled."""
        if value == DISABLE:
            return self.keeper, True
        heirs: list[User | Group] = [*self.people, *self.groups]
        return next(heir for heir in heirs if _value(heir) == value), False


def heirs_for_admin(team: Team, admin: User, leaving: User | Group) -> Heirs:
    """An admin decides: everybody else of the team, and every group."""
    people = [m.user for m in team.memberships.select_related("user").order_by("user__full_name", "user__email")]
    return Heirs(
        keeper=admin,
        people=[person for person in people if person != leaving],
        groups=[group for group in team.groups.order_by("name") if group != leaving],
        keeper_is_asked=True,
    )


def heirs_for_leaver(team: Team, leaver: User) -> Heirs | None:
    """Who leaves can pass keys on to the team's admins and to own groups. None while there is no other admin."""
    admins = other_admins(team, leaver)
    if not admins:
        return None
    groups = list(team.groups.filter(members=leaver).order_by("name"))
    return Heirs(keeper=admins[0], people=admins, groups=groups, keeper_is_asked=False)


def other_admins(team: Team, person: User | None = None) -> list[User]:
    """Who can sign in, the longest-standing first."""
    admins = team.memberships.filter(role=Role.ADMIN, user__is_active=True).select_related("user")
    return [membership.user for membership in admins.exclude(user=person).order_by("joined_at", "pk")]


def add_heir_options(parser: ArgumentParser) -> None:
    """For commands: the same choice as options."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--keys-to", metavar="EMAIL", help="hand the keys to this member")
    choice.add_argument("--keys-to-group", metavar="SLUG", help="hand the keys to this group")
    choice.add_argument("--disable-keys", action="store_true", help="disable the keys; an admin becomes their owner")


def heir_of(team: Team, options: Mapping[str, Any], leaving: User | Group) -> tuple[User | Group | None, bool]:
    """What the options choose: the heir, if there is one, and whether the keys are disabled. Raises `RefusedChange`."""
    heir: User | Group | None = None
    if options["keys_to"]:
        heir = team.members.filter(email=options["keys_to"].strip().lower()).first()
    elif options["keys_to_group"]:
        heir = team.groups.filter(slug=options["keys_to_group"]).first()
    elif options["disable_keys"]:
        heir = next(iter(other_admins(team, leaving if isinstance(leaving, User) else None)), None)
    else:
        return None, False
    if heir is None:
        raise RefusedChange("There is nobody of that name in the team to take the keys over.")
    return heir, bool(options["disable_keys"])


def _value(heir: User | Group) -> str:
    return f"group:{heir.slug}" if isinstance(heir, Group) else f"user:{heir.pk}"
