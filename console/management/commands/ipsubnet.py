"""manage.py ipsubnet …, and what only the app that knows the gate can add: dry-run."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from console.dry_run.replay import gone, replay
from ipsubnets.forecast import ranges_of
from ipsubnets.management.commands import ipsubnet
from ipsubnets.networks import Network, NotANetwork, parse_network
from ipsubnets.ranges import AddressRanges
from ipsubnets.selectors import live_subnets_of
from teams.command_line import team_named


class Command(ipsubnet.Command):
    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        super().add_actions(action)
        dry = action(
            "dry-run", "Say what other networks would have refused in the last 30 days (exit status 1 if anything)."
        )
        dry.add_argument("--team", required=True, metavar="SLUG")
        dry.add_argument("--without", action="append", default=[], metavar="SUBNET_ID", help="as if it were removed")
        dry.add_argument("--with", action="append", default=[], metavar="NETWORK", dest="added", help="as if listed")
        dry.add_argument("--only", action="append", metavar="NETWORK", help="instead of everything that is listed")

    def do_dry_run(self, options: dict[str, Any]) -> None:
        team = team_named(options["team"])
        listed = list(live_subnets_of(team))
        unknown = set(options["without"]) - {subnet.pk for subnet in listed}
        if unknown:
            raise CommandError(f"The team lists no network with the ID “{min(unknown)}”.")
        kept = [subnet for subnet in listed if subnet.pk not in options["without"]]
        named = _parsed([*options["added"], *(options["only"] or [])])
        ranges = [] if options["only"] is not None else ranges_of(kept)
        proposed = AddressRanges([*ranges, *((network.version, network.first, network.last) for network in named)])
        without = options["without"] if options["only"] is None else gone(team, named)
        foreseen = replay(team, proposed, without)
        record = {
            "days": foreseen.days,
            "requests": foreseen.all_requests,
            "refused_requests": foreseen.requests,
            "refused": [
                {
                    "key": row.key_id,
                    "key_name": row.key_name,
                    "address": row.address or None,
                    "requests": row.requests,
                    "last_on": row.last_on.isoformat(),
                }
                for row in foreseen.broken
            ],
            "further": foreseen.further,
        }
        lines = [f"{row.requests:>9}  {row.key_id}  {row.address}  {row.key_name}" for row in foreseen.broken]
        if foreseen.further:
            lines.append(f"…and from {foreseen.further} further keys and addresses")
        told = f"{foreseen.requests} of {foreseen.all_requests} requests of the last {foreseen.days} days"
        self.show(record, "\n".join([f"{told} would have been refused.", *lines]))
        if foreseen.requests:
            sys.exit(1)


def _parsed(texts: list[str]) -> list[Network]:
    try:
        return [parse_network(text) for text in texts]
    except NotANetwork as error:
        raise CommandError(str(error)) from None
