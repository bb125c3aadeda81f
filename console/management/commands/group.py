"""manage.py group list|create|rename|add|remove|delete"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from apikeys.ownership import hand_over_keys, keys_owned
from console.heirs import add_heir_options, heir_of, other_admins
from teams import services
from teams.audit import Actor
from teams.command_line import ActionCommand, Record, person_named, team_named
from teams.models import Group
from teams.selectors import groups_of
from teams.timestamps import rfc3339


class Command(ActionCommand):
    help = "Make groups of a team's members; groups can own keys."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        def of_team(name: str, summary: str, *arguments: str) -> ArgumentParser:
            added = action(name, summary)
            added.add_argument("--team", required=True, metavar="SLUG")
            for argument in arguments:
                added.add_argument(argument, metavar=argument.upper())
            return added

        of_team("list", "List the groups of a team.")
        of_team("create", "Create a group.", "name")
        of_team("rename", "Give a group another name; its slug stays.", "group", "name")
        of_team("add", "Put a member of the team into a group.", "group", "email")
        of_team("remove", "Take a member out of a group.", "group", "email")
        add_heir_options(of_team("delete", "Delete a group; say what becomes of the keys it owns.", "group"))

    def do_list(self, options: dict[str, Any]) -> None:
        groups = groups_of(team_named(options["team"])).order_by("name").prefetch_related("members")
        records = [
            {
                **_record(group),
                "keys": vars(group)["key_count"],
                "members": sorted(member.email for member in group.members.all()),
                "people": vars(group)["member_count"],
            }
            for group in groups
        ]
        self.show_table(records, ["slug", "name", "people", "keys", "created_at"], "The team has no groups yet.")

    def do_create(self, options: dict[str, Any]) -> None:
        team = team_named(options["team"])
        group = services.create_group(team=team, name=options["name"], actor=Actor.command_line())
        self.show(_record(group), f"Created the group {group.name} ({group.slug}).")

    def do_rename(self, options: dict[str, Any]) -> None:
        group = services.rename_group(group=_group(options), name=options["name"], actor=Actor.command_line())
        self.show(_record(group), f"The group {group.slug} is called {group.name} now.")

    def do_add(self, options: dict[str, Any]) -> None:
        group, person = _group(options), person_named(options["email"])
        services.add_to_group(group=group, user=person, actor=Actor.command_line())
        self.show({**_record(group), "added": person.email}, f"Added {person} to {group.name}.")

    def do_remove(self, options: dict[str, Any]) -> None:
        group, person = _group(options), person_named(options["email"])
        services.remove_from_group(group=group, user=person, actor=Actor.command_line())
        self.show({**_record(group), "removed": person.email}, f"Removed {person} from {group.name}.")

    @transaction.atomic
    def do_delete(self, options: dict[str, Any]) -> None:
        group, actor = _group(options), Actor.command_line()
        heir, disable = heir_of(group.team, options, group)
        keys = keys_owned(group.team, group)
        if heir is None and keys.exists() and not keys.listed().exists():
            heir = next(iter(other_admins(group.team)), None)  # of keys that were deleted long ago
        if heir is not None and keys.exists():
            hand_over_keys(team=group.team, owner=group, heir=heir, disable=disable, actor=actor)
        services.delete_group(group=group, actor=actor)
        self.show({"slug": group.slug, "deleted": True}, f"Deleted the group {group.name}.")


def _group(options: dict[str, Any]) -> Group:
    team = team_named(options["team"])
    group = team.groups.select_related("team").filter(slug=options["group"]).first()
    if group is None:
        raise CommandError(f"The team {team.slug} has no group “{options['group']}”.")
    return group


def _record(group: Group) -> Record:
    return {"slug": group.slug, "name": group.name, "created_at": rfc3339(group.created_at)}
