"""manage.py team create|list"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count

from teams import services
from teams.audit import Actor
from teams.command_line import ActionCommand, iso
from teams.first_admin import first_admin
from teams.models import Team


class Command(ActionCommand):
    help = "Create and list teams."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        create = action("create", "Create a team.")
        create.add_argument("name")
        create.add_argument("--slug", default="", help="the team's name in URLs; made from the name when left out")
        create.add_argument("--admin", metavar="EMAIL", help="the team's first admin; made if there is no such person")
        action("list", "List the teams.")

    @transaction.atomic
    def do_create(self, options: dict[str, Any]) -> None:
        actor = Actor.command_line()
        email: str = (options["admin"] or "").strip().lower()
        if email:
            validate_email(email)
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
        records = [
            {
                "slug": team.slug,
                "name": team.name,
                "members": team.people,
                "created_at": iso(team.created_at),
                "suspended_at": iso(team.suspended_at),
            }
            for team in teams
        ]
        self.show_table(records, ["slug", "name", "members", "created_at"], "There are no teams yet.")
