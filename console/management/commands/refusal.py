"""manage.py refusal list|allow|ignore|restore|explain"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from console.inbox import services
from console.inbox.explanation import explain
from console.inbox.selectors import in_order, refusals_of, refused_request, unsettled
from console.models import Refusal
from teams.audit import Actor
from teams.command_line import ActionCommand, Record, moment_after, team_named
from teams.timestamps import rfc3339


class Command(ActionCommand):
    help = "See what was refused, allow its address or ignore it, and explain one request."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        def of_team(name: str, summary: str, *arguments: str) -> ArgumentParser:
            added = action(name, summary)
            added.add_argument("--team", required=True, metavar="SLUG")
            for argument in arguments:
                added.add_argument(argument, metavar=argument.upper())
            return added

        listing = of_team("list", "List what was refused in the last 30 days: keys that work first.")
        listing.add_argument("--ignored", action="store_true", help="what is ignored instead")
        allow = of_team("allow", "List the address of a refusal as a network of the team.", "refusal_id")
        allow.add_argument("--block", action="store_true", help="the /24 (IPv6: /64) around it instead of it alone")
        allow.add_argument("--expires-in", default="8h", metavar="DURATION|never", help="default: 8h")
        of_team("ignore", "Hide what is refused to this key from this address.", "refusal_id")
        of_team("restore", "Show it again.", "refusal_id")
        of_team("explain", "Say which rule refused a request, by its ID.", "request_id")

    def do_list(self, options: dict[str, Any]) -> None:
        found = refusals_of(team_named(options["team"]))
        found = found.exclude(ignored_at=None) if options["ignored"] else unsettled(found)
        records = [_record(refusal) for refusal in in_order(found)]
        self.show_table(
            records, ["id", "address", "key", "requests", "last_at", "code", "reason"], "There is nothing to look into."
        )

    def do_allow(self, options: dict[str, Any]) -> None:
        ends = options["expires_in"]
        subnet = services.allow_refused(
            refusal=_refusal(options),
            block=options["block"],
            expires_at=None if ends == "never" else moment_after(ends),
            actor=Actor.command_line(),
        )
        self.show(
            {
                "id": subnet.pk,
                "network": subnet.network,
                "label": subnet.label,
                "expires_at": rfc3339(subnet.expires_at),
            },
            f"Listed {subnet}. Its ID is {subnet.pk}.",
        )

    def do_ignore(self, options: dict[str, Any]) -> None:
        refusal = _refusal(options)
        services.ignore_refusal(refusal=refusal, actor=Actor.command_line())
        self.show({**_record(refusal), "ignored": True}, f"What {refusal.address} is refused is ignored from now on.")

    def do_restore(self, options: dict[str, Any]) -> None:
        refusal = _refusal(options)
        services.restore_refusal(refusal=refusal, actor=Actor.command_line())
        self.show({**_record(refusal), "ignored": False}, f"What {refusal.address} is refused is shown again.")

    def do_explain(self, options: dict[str, Any]) -> None:
        found = refused_request(team_named(options["team"]), options["request_id"])
        if found is None:
            raise CommandError("No refusal of this team in the last 7 days has this ID.")
        told = explain(found)
        record = {
            "request_id": found.pk,
            "at": rfc3339(found.at),
            "key": found.key_id,
            "address": found.address or None,
            "code": found.code,
            "reason": found.reason or None,
            "path": found.path,
            "user_agent": found.user_agent,
            "rule": told.rule,
            "networks": told.networks,
            "further_networks": told.left_out,
            "now": told.now,
        }
        compared = ", ".join(told.networks) or "none"
        text = (
            f"{told.sentence}\nat {record['at']}, key {found.key_id}, from {found.address or 'an unknown address'}\n"
            f"{told.rule}\nCompared with: {compared}\n{told.now}"
        )
        self.show(record, text)


def _refusal(options: dict[str, Any]) -> Refusal:
    number = options["refusal_id"]
    found = None
    if number.isascii() and number.isdigit() and len(number) < 18:
        found = refusals_of(team_named(options["team"])).select_related("team").filter(pk=number).first()
    if found is None:
        raise CommandError(f"There is no refusal with the ID “{number}”. See: manage.py refusal list")
    return found


def _record(refusal: Refusal) -> Record:
    return {
        "id": refusal.pk,
        "address": refusal.address or None,
        "key": refusal.key_id,
        "key_name": refusal.key.name,
        "code": refusal.code,
        "reason": refusal.reason or None,
        "requests": refusal.requests,
        "first_at": rfc3339(refusal.first_at),
        "last_at": rfc3339(refusal.last_at),
        "last_path": refusal.last_path,
        "last_user_agent": refusal.last_user_agent,
        "last_request_id": refusal.last_request_id,
    }
