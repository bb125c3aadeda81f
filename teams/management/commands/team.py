"""manage.py team create|list|change|suspend|resume|delete"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import Count

from teams import services
from teams.audit import Actor
from teams.command_line import ActionCommand, Record, duration, team_named
from teams.email_addresses import fold_address
from teams.first_admin import first_admin
from teams.models import Team
from teams.timestamps import rfc3339


class Command(ActionCommand):
    help = "Create, list, change, suspend and delete teams."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        create = action("create", "Create a team.")
        create.add_argument("name")
        create.add_argument("--slug", default="", help="the team's name in URLs; made from the name when left out")
        create.add_argument("--admin", metavar="EMAIL", help="the team's first admin; made if there is no such person")
        action("list", "List the teams.")
        change = action("change", "Change a team's settings; what is not named stays.")
        change.add_argument("slug", metavar="SLUG")
        change.add_argument("--name")
        change.add_argument("--longest-key-lifetime", type=int, metavar="DAYS", help="of keys generated from now on")
        change.add_argument("--reminders", choices=["on", "off"], help="mail owners and admins before keys expire")
        change.add_argument(
            "--second-factor", metavar="DURATION|off", help="ask members for one after this grace, such as 7d; or off"
        )
        for name, summary in (
            ("suspend", "Refuse every request of a team, until it is resumed."),
            ("resume", "End a team's suspension."),
        ):
            standing = action(name, summary)
            standing.add_argument("slug", metavar="SLUG")
            standing.add_argument("--reason", default="", metavar="TEXT", help="kept in the audit trail")
        delete = action("delete", "Delete a team with its keys, networks and groups. Its audit trail stays.")
        delete.add_argument("slug", metavar="SLUG")
        delete.add_argument("--yes", action="store_true", help="really do it: it cannot be undone")

    @transaction.atomic
    def do_create(self, options: dict[str, Any]) -> None:
        actor = Actor.command_line()
        email = fold_address(options["admin"]) if options["admin"] else ""
        team = services.create_team(name=options["name"], slug=options["slug"], actor=actor)
        record = {"slug": team.slug, "name": team.name, "admin": email or None}
        text = f"Created the team {team.name} ({team.slug})."
        if email:
            password = first_admin(team, email, actor)
            text += f"\n{email} is its admin."
            if password:
                record["password"] = password
                text += f"\nPassword (shown this once): {password}"
        self.show(record, text)

    def do_list(self, options: dict[str, Any]) -> None:  # noqa: ARG002
        teams = Team.objects.annotate(people=Count("memberships")).order_by("slug")
        records = [{**_record(team), "members": team.people} for team in teams]
        self.show_table(records, ["slug", "name", "members", "created_at"], "There are no teams yet.")

    @transaction.atomic
    def do_change(self, options: dict[str, Any]) -> None:
        actor = Actor.command_line()
        team = team_named(options["slug"])
        days = options["longest_key_lifetime"]
        reminders = {"on": True, "off": False, None: None}[options["reminders"]]
        if options["name"] is not None or days is not None or reminders is not None:
            team = services.change_team(
                team=team,
                name=team.name if options["name"] is None else options["name"],
                max_key_lifetime_days=team.max_key_lifetime_days if days is None else days,
                expiry_reminders=reminders,
                actor=actor,
            )
        if options["second_factor"] == "off":
            team = services.stop_requiring_second_factor(team=team, actor=actor)
        elif options["second_factor"]:
            team = services.require_second_factor(team=team, grace=duration(options["second_factor"]), actor=actor)
        self.show(_record(team), f"The settings of the team {team.name} ({team.slug}) are as you said.")

    def do_suspend(self, options: dict[str, Any]) -> None:
        team = team_named(options["slug"])
        team = services.suspend_team(team=team, reason=options["reason"], actor=Actor.command_line())
        self.show(_record(team), f"Suspended the team {team.name} ({team.slug}): its keys do not answer any more.")

    def do_resume(self, options: dict[str, Any]) -> None:
        team = team_named(options["slug"])
        team = services.resume_team(team=team, reason=options["reason"], actor=Actor.command_line())
        self.show(_record(team), f"Resumed the team {team.name} ({team.slug}): its keys answer again.")

    def do_delete(self, options: dict[str, Any]) -> None:
        team = team_named(options["slug"])
        if not options["yes"]:
            raise CommandError(
                f"This ends the team {team.name} with its keys, networks and groups for good. Add --yes to do it."
            )
        services.delete_team(team=team, actor=Actor.command_line())
        self.show({"slug": team.slug, "name": team.name, "deleted": True}, f"Deleted the team {team.name}.")


def _record(team: Team) -> Record:
    return {
        "slug": team.slug,
        "name": team.name,
        "longest_key_lifetime": team.max_key_lifetime_days,
        "expiry_reminders": team.expiry_reminders,
        "sealed_copies_allowed": team.sealed_copies_allowed,
        "second_factor_required_from": rfc3339(team.second_factor_required_from),
        "created_at": rfc3339(team.created_at),
        "suspended_at": rfc3339(team.suspended_at),
    }
