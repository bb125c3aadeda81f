"""manage.py ipsubnet create|list|delete|check|lint|fix"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from ipsubnets import services, trials
from ipsubnets.addresses import parse_address
from ipsubnets.lint.findings import Finding
from ipsubnets.lint.fixes import apply_fix
from ipsubnets.lint.linter import lint
from ipsubnets.models import IPSubnet
from ipsubnets.networks import NotANetwork, parse_network
from ipsubnets.selectors import live_subnet_covering, subnets_of
from teams.audit import Actor
from teams.command_line import ActionCommand, Record, duration, moment_after, team_named
from teams.timestamps import rfc3339


class Command(ActionCommand):
    help = "List and change the networks that a team's requests may come from."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        create = action("create", "List a network: an address or CIDR, IPv4 or IPv6.")
        create.add_argument("--team", required=True, metavar="SLUG")
        create.add_argument("network")
        create.add_argument("--label", default="")
        create.add_argument("--expires-in", metavar="DURATION", help="90d, 12h, 30m, 45s (default: it does not end)")
        create.add_argument("--allow-wide", action="store_true", help="confirm a network as wide as 0.0.0.0/0")
        create.add_argument("--revert-after", metavar="DURATION", help="take it back by itself unless confirmed before")
        listing = action("list", "List a team's networks.")
        listing.add_argument("--team", required=True, metavar="SLUG")
        delete = action("delete", "Take a network off the list.")
        delete.add_argument("subnet_id", metavar="SUBNET_ID")
        delete.add_argument("--revert-after", metavar="DURATION", help="bring it back by itself unless confirmed")
        for name, summary in (
            ("confirm", "Make a change on trial last."),
            ("revert", "Take a change on trial back before its time."),
        ):
            action(name, summary).add_argument("subnet_id", metavar="SUBNET_ID")
        check = action("check", "Say whether a team's networks allow an address (exit status 1 if not).")
        check.add_argument("--team", required=True, metavar="SLUG")
        check.add_argument("address")

        check = action("lint", "Say what is wrong with a team's networks (exit status 1 if anything).")
        check.add_argument("--team", required=True, metavar="SLUG")
        fix = action("fix", "Apply the fix of one finding of lint, all of it or nothing.")
        fix.add_argument("--team", required=True, metavar="SLUG")
        fix.add_argument("finding_id", metavar="FINDING_ID")

    def do_create(self, options: dict[str, Any]) -> None:
        try:
            network = parse_network(options["network"])
        except NotANetwork as error:
            raise CommandError(str(error)) from None
        team = team_named(options["team"])
        if network.is_wide and not options["allow_wide"]:
            raise CommandError(f"{network} lets in a very large part of the internet; confirm with --allow-wide.")
        within = duration(options["revert_after"]) if options["revert_after"] else None
        subnet = trials.create_subnet(
            within=within,
            team=team,
            network=network,
            label=options["label"],
            expires_at=moment_after(options["expires_in"]) if options["expires_in"] else None,
            wide_confirmed=options["allow_wide"],
            actor=Actor.command_line(),
        )
        self.show(_record(subnet), f"Listed {subnet} for {team.slug}. Its ID is {subnet.pk}.")

    def do_list(self, options: dict[str, Any]) -> None:
        records = [_record(subnet) for subnet in subnets_of(team_named(options["team"])).order_by("created_at")]
        self.show_table(
            records,
            ["id", "network", "label", "status", "expires_at"],
            "The team has no networks: every request of it is refused.",
        )

    def do_delete(self, options: dict[str, Any]) -> None:
        subnet = _subnet(options)
        if options["revert_after"]:
            within = duration(options["revert_after"])
            subnet = trials.try_removal(subnet=subnet, within=within, actor=Actor.command_line())
            self.show(_record(subnet), f"Removed {subnet} on trial until {rfc3339(subnet.trial_until)}.")
            return
        services.delete_subnet(subnet=subnet, actor=Actor.command_line())
        self.show({"id": subnet.pk, "network": subnet.network, "status": "deleted"}, f"Removed {subnet}.")

    def do_confirm(self, options: dict[str, Any]) -> None:
        subnet = _subnet(options)
        trials.confirm(subnet=subnet, actor=Actor.command_line())
        self.show({"id": subnet.pk, "network": subnet.network}, f"{subnet} stays {subnet.trial}.")

    def do_revert(self, options: dict[str, Any]) -> None:
        subnet = _subnet(options)
        trials.revert(subnet=subnet, actor=Actor.command_line())
        self.show({"id": subnet.pk, "network": subnet.network}, f"{subnet} is not {subnet.trial} any more.")

    def do_check(self, options: dict[str, Any]) -> None:
        address = parse_address(options["address"])
        if address is None:
            raise CommandError(f"“{options['address']}” is not an IP address.")
        covering = live_subnet_covering(team_named(options["team"]), address)
        self.show(
            {
                "address": address.text,
                "allowed": covering is not None,
                "network": covering.network if covering else None,
                "id": covering.pk if covering else None,
            },
            f"{address.text} is allowed by {covering}." if covering else f"{address.text} is not allowed.",
        )
        if covering is None:
            sys.exit(1)

    def do_lint(self, options: dict[str, Any]) -> None:
        findings = lint(team_named(options["team"]))
        if self.as_json:
            self.stdout.write(json.dumps([_finding(finding) for finding in findings], ensure_ascii=False))
        for finding in findings if not self.as_json else ():
            about = ", ".join(map(str, finding.about))
            self.stdout.write(f"{finding.label}: {about}\n    {finding.words}")
            if finding.can_be_fixed:
                narrows = ", which allows less than before" if finding.narrows else ""
                self.stdout.write(f"    {finding.fix}{narrows}: manage.py ipsubnet fix {finding.id}")
        if findings:
            sys.exit(1)
        if not self.as_json:
            self.stdout.write("Nothing to mend.")

    def do_fix(self, options: dict[str, Any]) -> None:
        finding = apply_fix(
            team=team_named(options["team"]), finding_id=options["finding_id"], actor=Actor.command_line()
        )
        self.show(_finding(finding), f"Done: {finding.fix}.")


def _finding(finding: Finding) -> Record:
    return {
        "id": finding.id,
        "kind": str(finding.kind),
        "networks": [{"id": listed.id, "network": listed.network, "label": listed.label} for listed in finding.about],
        "words": finding.words,
        "fix": finding.fix or None,
        "removes": [listed.id for listed in finding.removes],
        "adds": str(finding.adds) if finding.adds else None,
        "narrows": finding.narrows,
    }


def _subnet(options: dict[str, Any]) -> IPSubnet:
    subnet = IPSubnet.objects.select_related("team").filter(pk=options["subnet_id"]).first()
    if subnet is None:
        raise CommandError(f"There is no network with the ID “{options['subnet_id']}”.")
    return subnet


def _record(subnet: IPSubnet) -> Record:
    return {
        "id": subnet.pk,
        "network": subnet.network,
        "label": subnet.label,
        "created_at": rfc3339(subnet.created_at),
        "created_by": subnet.created_by_name,
        "expires_at": rfc3339(subnet.expires_at),
        "status": subnet.status,
        "trial": subnet.trial or None,
        "trial_until": rfc3339(subnet.trial_until),
    }
