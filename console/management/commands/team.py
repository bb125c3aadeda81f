"""manage.py team …, and what the app of the networks adds: observe, enforce."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from ipsubnets import observing
from teams.audit import Actor
from teams.command_line import duration, team_named
from teams.management.commands import team
from teams.timestamps import rfc3339


class Command(team.Command):
    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        super().add_actions(action)
        observe = action("observe", "Let requests from unlisted addresses through for a while, and only count them.")
        observe.add_argument("slug", metavar="SLUG")
        observe.add_argument("--for", required=True, metavar="DURATION", dest="length", help="at most 14d")
        enforce = action("enforce", "Make the networks of a team binding again.")
        enforce.add_argument("slug", metavar="SLUG")

    def do_observe(self, options: dict[str, Any]) -> None:
        found = team_named(options["slug"])
        mode = observing.observe(team=found, length=duration(options["length"]), actor=Actor.command_line())
        until = rfc3339(mode.until)
        self.show(
            {"slug": found.slug, "mode": "observe", "until": until},
            f"{found.name} only observes until {until}: requests from unlisted addresses are let through.",
        )

    def do_enforce(self, options: dict[str, Any]) -> None:
        found = team_named(options["slug"])
        observing.enforce(team=found, actor=Actor.command_line())
        self.show({"slug": found.slug, "mode": "enforce", "until": None}, f"The networks of {found.name} are binding.")
