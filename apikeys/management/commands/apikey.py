"""manage.py apikey ACTION: see `docs/commands.md`."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError

from apikeys import scopes, services
from apikeys.key_format import key_id_of, keys_in
from apikeys.leaks import report_leak
from apikeys.models import STATUS_LABELS, ApiKey, ApiKeyQuerySet
from apikeys.network_binding import bind_key, bound_networks, in_words
from apikeys.ownership import hand_over_key
from apikeys.renaming import rename_key
from apikeys.retirement import Retirement, cancel_retirement, plan_retirement, retirement_of
from apikeys.sealed_copy_rule import allow_sealed_copies, forbid_sealed_copies
from apikeys.selectors import keys_of
from teams.audit import Actor
from teams.command_line import ActionCommand, Record, moment_after, moment_of, team_named
from teams.models import Group, Team, User
from teams.permissions import Role
from teams.timestamps import rfc3339


class Command(ActionCommand):
    help = "Generate, list and end API keys."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        create = action("create", "Generate a key and print it, this once.")
        create.add_argument("--team", required=True, metavar="SLUG")
        create.add_argument("--name", required=True)
        create.add_argument("--expires-in", default="90d", metavar="DURATION", help="90d, 12h, 30m, 45s (default 90d)")
        owner = create.add_mutually_exclusive_group()
        owner.add_argument("--owner", metavar="EMAIL", help="a member (default: the team's longest-standing admin)")
        owner.add_argument("--group", metavar="SLUG", help="a group of the team")
        create.add_argument("--rate-limit", type=int, metavar="N", help="requests per minute (default: no limit)")
        create.add_argument(
            "--scope",
            action="append",
            metavar="SCOPE",
            help=f"what the key may do, once for each: {', '.join(scopes.Scope)}, or datasets:read:DATASET "
            f"(default {scopes.DEFAULT})",
        )
        listing = action("list", "List a team's keys, without the keys themselves.")
        listing.add_argument("--team", required=True, metavar="SLUG")
        whose = listing.add_mutually_exclusive_group()
        whose.add_argument("--owner", metavar="EMAIL", help="only those that this member owns")
        whose.add_argument("--group", metavar="SLUG", help="only those that this group owns")
        listing.add_argument("--status", choices=STATUS_LABELS, help="only those in this state")
        copies = action("sealed-copies", "Say whether a team may keep sealed copies of keys; forbid destroys them.")
        copies.add_argument("--team", required=True, metavar="SLUG")
        copies.add_argument("rule", choices=["allow", "forbid"])
        leak = action("report-leak", "Stop the keys in a text on standard input, and tell their owners and admins.")
        leak.add_argument(
            "--found-at", default="", metavar="PLACE", help="where the text was found: an address, or words"
        )
        rename = action("rename", "Call a key something else.")
        rename.add_argument("key_id", metavar="KEY_ID")
        rename.add_argument("name", metavar="NAME")
        bind = action("networks", "Say from which of the team's networks a key may be used.")
        bind.add_argument("key_id", metavar="KEY_ID")
        reach = bind.add_mutually_exclusive_group(required=True)
        reach.add_argument("--only", nargs="+", metavar="SUBNET_ID", help="see: manage.py ipsubnet list")
        reach.add_argument("--all", action="store_true", help="all that the team has and will have")
        assign = action("assign", "Make somebody else the owner of a key.")
        assign.add_argument("key_id", metavar="KEY_ID")
        heir = assign.add_mutually_exclusive_group(required=True)
        heir.add_argument("--owner", metavar="EMAIL", help="a member")
        heir.add_argument("--group", metavar="SLUG", help="a group of the team")
        assign.add_argument("--reason", default="", metavar="TEXT", help="kept in the audit trail")
        for name, summary in (
            ("rotate", "Generate the successor of a key; both work until the old one is revoked."),
            ("disable", "Stop a key until it is enabled again."),
            ("enable", "Let a disabled key answer again."),
            ("revoke", "Stop a key for good; it stays listed."),
            ("delete", "Stop a key for good and take it off the list."),
        ):
            change = action(name, summary)
            change.add_argument("key_id", metavar="KEY_ID")
            change.add_argument("--reason", default="", metavar="TEXT", help="kept in the audit trail")
            if name == "rotate":
                change.add_argument("--expires-in", default="90d", metavar="DURATION", help="(default 90d)")
                _add_retirement(change, "--retire-", required=False)
        retire = action("retire", "Say what becomes of a key that has been rotated, unless somebody revokes it first.")
        retire.add_argument("key_id", metavar="KEY_ID")
        _add_retirement(retire, "--", required=True).add_argument(
            "--cancel", action="store_true", help="nothing: it works until somebody revokes it"
        )

    def do_create(self, options: dict[str, Any]) -> None:
        team = team_named(options["team"])
        generated = services.generate_key(
            team=team,
            name=options["name"],
            expires_at=moment_after(options["expires_in"]),
            owner=_owner(team, options),
            rate_limit=options["rate_limit"],
            scopes=options["scope"] or [scopes.DEFAULT],
            actor=Actor.command_line(),
        )
        self._show_generated(generated)

    def do_rotate(self, options: dict[str, Any]) -> None:
        generated = services.rotate_key(
            apikey=_key(options),
            expires_at=moment_after(options["expires_in"]),
            reason=options["reason"],
            retirement=_retirement(options, "retire_"),
            actor=Actor.command_line(),
        )
        self._show_generated(generated)

    def do_retire(self, options: dict[str, Any]) -> None:
        apikey, actor = _key(options), Actor.command_line()
        if options["cancel"]:
            apikey = cancel_retirement(apikey=apikey, actor=actor)
            self.show(_record(apikey), f"Nothing happens to {apikey} by itself now.")
        else:
            retirement = _retirement(options, "")
            apikey = plan_retirement(apikey=apikey, retirement=retirement, actor=actor)
            self.show(_record(apikey), f"{apikey} is revoked {retirement}.")

    def do_list(self, options: dict[str, Any]) -> None:
        keys = _listed(team_named(options["team"]), options)
        self.show_table(
            [_record(apikey) for apikey in keys],
            ["id", "name", "owner", "status", "expires_at", "last_used_at"],
            "No key of the team is like that." if _narrows(options) else "The team has no keys yet.",
        )

    def do_sealed_copies(self, options: dict[str, Any]) -> None:
        team, actor = team_named(options["team"]), Actor.command_line()
        if options["rule"] == "allow":
            allow_sealed_copies(team=team, actor=actor)
            self.show({"team": team.slug, "allowed": True}, f"The team {team.name} may keep sealed copies.")
        else:
            destroyed = forbid_sealed_copies(team=team, actor=actor)
            record = {"team": team.slug, "allowed": False, "destroyed": destroyed}
            self.show(record, f"The team {team.name} may keep no sealed copies; {destroyed} destroyed.")

    def do_report_leak(self, options: dict[str, Any]) -> None:
        """Keys come by standard input: what stands on a command line is in the list of processes and in histories."""
        texts = keys_in(sys.stdin.read())
        if not texts:
            raise CommandError("There is no whole key on standard input.")
        actor = Actor.command_line()
        reported = [report_leak(text=text, found_at=options["found_at"], actor=actor) for text in texts]
        ours = [apikey for apikey in reported if apikey is not None]
        lines = [f"{apikey} of {apikey.team.slug}: {apikey.status}." for apikey in ours]
        if len(ours) < len(texts):
            lines.append(f"{len(texts) - len(ours)} of {len(texts)} are no keys of this installation.")
        self.show({"keys": [_record(apikey) for apikey in ours], "unknown": len(texts) - len(ours)}, "\n".join(lines))

    def do_rename(self, options: dict[str, Any]) -> None:
        apikey = rename_key(apikey=_key(options), name=options["name"], actor=Actor.command_line())
        self.show(_record(apikey), f"The key {apikey.pk} is called {apikey.name} now.")

    def do_networks(self, options: dict[str, Any]) -> None:
        apikey = bind_key(apikey=_key(options), networks=options["only"], actor=Actor.command_line())
        networks = bound_networks(apikey)
        reach = "all of the team's networks" if networks is None else in_words(networks)
        self.show(_record(apikey), f"The key {apikey.pk} may be used from {reach}.")

    def do_assign(self, options: dict[str, Any]) -> None:
        apikey = _key(options)
        heir = _owner(apikey.team, options)
        apikey = hand_over_key(apikey=apikey, heir=heir, reason=options["reason"], actor=Actor.command_line())
        self.show(_record(apikey), f"{apikey} belongs to {heir} now.")

    def do_disable(self, options: dict[str, Any]) -> None:
        apikey = services.disable_key(apikey=_key(options), reason=options["reason"], actor=Actor.command_line())
        self.show(_record(apikey), f"Disabled {apikey}.")

    def do_enable(self, options: dict[str, Any]) -> None:
        apikey = services.enable_key(apikey=_key(options), reason=options["reason"], actor=Actor.command_line())
        self.show(_record(apikey), f"Enabled {apikey}.")

    def do_revoke(self, options: dict[str, Any]) -> None:
        apikey = services.revoke_key(apikey=_key(options), reason=options["reason"], actor=Actor.command_line())
        self.show(_record(apikey), f"Revoked {apikey}.")

    def do_delete(self, options: dict[str, Any]) -> None:
        apikey = _key(options)
        services.delete_key(apikey=apikey, reason=options["reason"], actor=Actor.command_line())
        self.show({"id": apikey.pk, "name": apikey.name, "status": "deleted"}, f"Deleted {apikey}.")

    def _show_generated(self, generated: services.GeneratedKey) -> None:
        apikey = generated.apikey
        self.show(
            {**_record(apikey), "key": generated.text},
            f"Generated {apikey.name}, which expires at {rfc3339(apikey.expires_at)}. "
            f"This is the only time it is shown:\n{generated.text}",
        )


def _add_retirement(parser: ArgumentParser, prefix: str, *, required: bool) -> Any:
    """Options about the old key; a group of which one can be given."""
    one_of = parser.add_mutually_exclusive_group(required=required)
    one_of.add_argument(
        f"{prefix}at", metavar="MOMENT", help="revoke the old key at 2026-11-30T18:00:00Z, or in 12h: exactly then"
    )
    return one_of


def _retirement(options: dict[str, Any], prefix: str) -> Retirement:
    moment = options[f"{prefix}at"]
    return Retirement(at=moment_of(moment) if moment else None)


def _record(apikey: ApiKey) -> Record:
    planned = retirement_of(apikey)
    return {
        "id": apikey.pk,
        "name": apikey.name,
        "owner": apikey.owner_label,
        "created_at": rfc3339(apikey.created_at),
        "expires_at": rfc3339(apikey.expires_at),
        "retire_at": rfc3339(planned.at),
        "last_used_at": rfc3339(apikey.last_used_at),
        "rate_limit": apikey.rate_limit,
        "scopes": apikey.scope_list,
        "networks": sorted(binding.subnet_id for binding in apikey.bindings.all()) if apikey.narrowed else None,
        "status": apikey.status,
        "status_reason": apikey.status_reason or None,
    }


def _listed(team: Team, options: dict[str, Any]) -> ApiKeyQuerySet:
    keys = keys_of(team).prefetch_related("bindings").order_by("-created_at")
    if options["owner"] or options["group"]:
        keys = keys.owned_by(_owner(team, options))
    return keys.in_status(options["status"]) if options["status"] else keys


def _narrows(options: dict[str, Any]) -> bool:
    return any(options[name] for name in ("owner", "group", "status"))


def _key(options: dict[str, Any]) -> ApiKey:
    whole_key_given = key_id_of(options["key_id"])
    if whole_key_given:  # an error message that repeats it would put it in a log
        raise CommandError(f"That is a key, which does not belong on a command line; its ID is {whole_key_given}.")
    apikey = ApiKey.objects.listed().select_related("team").filter(pk=options["key_id"]).first()
    if apikey is None:
        raise CommandError(f"There is no key with the ID “{options['key_id']}”. See: manage.py apikey list --team SLUG")
    return apikey


def _owner(team: Team, options: dict[str, Any]) -> User | Group:
    if options["group"]:
        group = team.groups.filter(slug=options["group"]).first()
        if group is None:
            raise CommandError(f"The team {team.slug} has no group “{options['group']}”.")
        return group
    members = team.memberships.select_related("user").order_by("joined_at", "pk")
    if options["owner"]:
        member = members.filter(user__email=options["owner"].strip().lower()).first()
        if member is None:
            raise CommandError(f"{options['owner']} is not a member of {team.slug}.")
        return member.user
    admin = members.filter(role=Role.ADMIN).first()
    if admin is None:
        raise CommandError(f"The team {team.slug} has no admin; say who owns the key with --owner or --group.")
    return admin.user
