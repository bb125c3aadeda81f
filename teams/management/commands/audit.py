"""manage.py audit verify|export"""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.forms.models import model_to_dict

from teams import audit
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
        events = AuditEvent.objects.order_by("id")
        if options["team"]:
            events = events.filter(team_id=team_named(options["team"]).pk)
        for event in events.iterator(chunk_size=1000):
            record = model_to_dict(event) | {"at": event.at.isoformat(), "sentence": audit.sentence(event)}
            self.stdout.write(json.dumps(record, ensure_ascii=False))
