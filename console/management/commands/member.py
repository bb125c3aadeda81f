"""manage.py member list|invite|invitations|withdraw|role|remove"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from apikeys.ownership import hand_over_keys, keys_owned
from console.heirs import add_heir_options, heir_of
from console.invitation_mail import Mailed, invitation_link, mail_invitation
from teams import services
from teams.audit import Actor
from teams.command_line import ActionCommand, Record, team_named
from teams.email_addresses import fold_address
from teams.models import Invitation, Membership, Team
from teams.permissions import Role
from teams.selectors import members_of, unanswered_invitations_of
from teams.timestamps import rfc3339

TOLD = {
    Mailed.SENT: "It was mailed.",
    Mailed.FAILED: "It could not be mailed.",
    Mailed.NOT_SET_UP: "No mail is sent from here: hand it over.",
}


class Command(ActionCommand):
    help = "Invite people to a team, and say what they may do."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        def of_team(name: str, summary: str, *, person: bool = True) -> ArgumentParser:
            added = action(name, summary)
            added.add_argument("--team", required=True, metavar="SLUG")
            if person:
                added.add_argument("email", metavar="EMAIL")
            return added

        of_team("list", "List the members of a team.", person=False)
        invite = of_team("invite", "Make an invitation, and print its link, this once. An open one is replaced.")
        invite.add_argument("--role", required=True, choices=Role.values)
        of_team("invitations", "List who is invited and has not answered.", person=False)
        of_team("withdraw", "Make the link of an invitation useless.")
        of_team("role", "Give a member another role.").add_argument("role", choices=Role.values)
        add_heir_options(of_team("remove", "Remove a member; say what becomes of the keys they own."))

    def do_list(self, options: dict[str, Any]) -> None:
        members = [_member_record(member) for member in members_of(team_named(options["team"]))]
        self.show_table(members, ["email", "name", "role", "keys", "joined_at"], "The team has no members yet.")

    def do_invite(self, options: dict[str, Any]) -> None:
        team, role, actor = team_named(options["team"]), Role(options["role"]), Actor.command_line()
        with transaction.atomic():
            earlier = unanswered_invitations_of(team).filter(email=fold_address(options["email"])).first()
            if earlier:
                services.withdraw_invitation(invitation=earlier, actor=actor)
            new = services.invite(team=team, email=options["email"], role=role, actor=actor)
        mailed, link = mail_invitation(new), invitation_link(new)
        self.show(
            {**_invitation_record(new.invitation), "mailed": mailed is Mailed.SENT, "link": link},
            f"Invited {new.invitation.email}. {TOLD[mailed]} The link works once, until "
            f"{rfc3339(new.invitation.expires_at)}, and is shown this once:\n{link}",
        )

    def do_invitations(self, options: dict[str, Any]) -> None:
        found = unanswered_invitations_of(team_named(options["team"])).order_by("-created_at")
        records = [_invitation_record(invitation) for invitation in found]
        self.show_table(records, ["email", "role", "state", "expires_at"], "Nobody is invited at the moment.")

    def do_withdraw(self, options: dict[str, Any]) -> None:
        email = fold_address(options["email"])
        invitation = unanswered_invitations_of(team_named(options["team"])).filter(email=email).first()
        if invitation is None:
            raise CommandError(f"{email} is not invited.")
        services.withdraw_invitation(invitation=invitation, actor=Actor.command_line())
        self.show({"email": email, "state": "revoked"}, f"Withdrew the invitation of {email}.")

    def do_role(self, options: dict[str, Any]) -> None:
        member = _member(team_named(options["team"]), options["email"])
        role = Role(options["role"])
        services.change_role(team=member.team, user=member.user, role=role, actor=Actor.command_line())
        self.show({"email": member.user.email, "role": str(role)}, f"{member.user} has the role {role.label} now.")

    @transaction.atomic
    def do_remove(self, options: dict[str, Any]) -> None:
        member, actor = _member(team_named(options["team"]), options["email"]), Actor.command_line()
        heir, disable = heir_of(member.team, options, member.user)
        if heir is not None and keys_owned(member.team, member.user).exists():
            hand_over_keys(team=member.team, owner=member.user, heir=heir, disable=disable, actor=actor)
        services.remove_member(team=member.team, user=member.user, actor=actor)
        self.show({"email": member.user.email, "removed": True}, f"Removed {member.user} from {member.team}.")


def _member(team: Team, email: str) -> Membership:
    member = team.memberships.select_related("user", "team").filter(user__email=email.strip().lower()).first()
    if member is None:
        raise CommandError(f"{email} is not a member of {team.slug}. See: manage.py member list --team {team.slug}")
    return member


def _member_record(member: Membership) -> Record:
    return {
        "email": member.user.email,
        "name": member.user.full_name,
        "role": member.role,
        "keys": vars(member)["key_count"],
        "joined_at": rfc3339(member.joined_at),
    }


def _invitation_record(invitation: Invitation) -> Record:
    return {
        "email": invitation.email,
        "role": str(invitation.role),
        "state": invitation.state,
        "invited_by": invitation.invited_by_name,
        "created_at": rfc3339(invitation.created_at),
        "expires_at": rfc3339(invitation.expires_at),
    }
