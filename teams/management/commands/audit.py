"""manage.py audit verify|export"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from teams import audit
from teams.audit_export import as_json_lines
from teams.command_line import ActionCommand, team_named
from teams.models import AuditEvent


class Command(ActionCommand):
    help = "Verify and export the audit trail."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        action("verify", "Check every chain and name the first broken link of each.")
        export = action("export", "Print every event, oldest first, as JSON Lines.")
        export.add_argument("--team", metavar="SLUG", help="only this team's events")

    def do_verify(self, options: dict[str, Any]) -> None:  # noqa: ARG002
        broken = list(audit.verify())
        if broken:
            raise CommandError("The audit trail is broken:\n" + "\n".join(f"  {link}" for link in broken))
        count = AuditEvent.objects.count()
        self.show({"events": count, "intact": True}, f"The audit trail is intact: {count} events.")

    def do_export(self, options: dict[str, Any]) -> None:
        events = AuditEvent.objects.all()
        if options["team"]:
            events = events.filter(team_id=team_named(options["team"]).pk)
        for lines in as_json_lines(events):
            self.stdout.write(lines, ending="")
