"""Asking somebody to join a team, by a link that works once, for a week, and for one address."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from teams import audit
from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.invitation_tokens import digest_of, new_token
from teams.models import Invitation, Membership, Team, User
from teams.names import longest
from teams.permissions import Role
from teams.services.members import join
from teams.services.team import locked
from teams.texts import clean_line

LIFETIME: Final = timedelta(days=7)
MOST_OPEN: Final = 100
MOST_A_DAY: Final = 200
"""Links made in 24 hours, those sent again included: nobody mails the world from here."""

INVITED = audit.kind("invitation.sent", "invited {object} to the team as {role}")
INVITED_AGAIN = audit.kind("invitation.renewed", "renewed the invitation of {object}")
INVITATION_WITHDRAWN = audit.kind("invitation.withdrawn", "withdrew the invitation of {object}")
INVITATION_ACCEPTED = audit.kind("invitation.accepted", "accepted the invitation of {object} and joined the team")


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation and, this once, the token of its link. `repr` does not show the token."""

    invitation: Invitation
    token: str = field(repr=False)


class UnusableInvitation(RefusedChange):
    """The link does not work. `state` says why: `unknown`, `accepted`, `revoked` or `expired`."""

    def __init__(self, state: str) -> None:
        super().__init__(f"This invitation cannot be used: it is {state}.")
        self.state = state


@transaction.atomic
def invite(*, team: Team, email: str, role: Role, actor: audit.Actor, invited_by: User | None = None) -> NewInvitation:
    """Raises `RefusedChange` for an address that cannot be, is a member's or has an open invitation; and for too many.

    The caller mails the link, or hands it over.
    """
    team = locked(team)
    email = fold_address(email)
    if team.memberships.filter(user__email=email).exists():
        raise RefusedChange(f"{email} is already a member of {team.name}.", field="email")
    if team.invitations.open().filter(email=email).exists():
        raise RefusedChange(
            f"{email} has an open invitation already. Send it again from the list to renew its link.", field="email"
        )
    team.invitations.unanswered().filter(email=email).update(revoked_at=timezone.now())
    return _make(INVITED, team=team, email=email, role=role, actor=actor, invited_by=invited_by)


@transaction.atomic
def renew_invitation(*, invitation: Invitation, actor: audit.Actor, invited_by: User | None = None) -> NewInvitation:
    """Make a new link that works for a week; the old one stops working. Raises `RefusedChange`."""
    team = locked(invitation.team)
    current = _unanswered(invitation)
    current.revoked_at = timezone.now()
    current.save(update_fields=["revoked_at"])
    role = Role(current.role)
    return _make(INVITED_AGAIN, team=team, email=current.email, role=role, actor=actor, invited_by=invited_by)


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, actor: audit.Actor) -> None:
    """The link stops working. Raises `RefusedChange` when it has been used or withdrawn meanwhile."""
    locked(invitation.team)
    current = _unanswered(invitation)
    current.revoked_at = timezone.now()
    current.save(update_fields=["revoked_at"])
    _record(INVITATION_WITHDRAWN, current, actor)


@transaction.atomic
def accept_invitation(*, token: str, user: User, actor: audit.Actor) -> Membership:
    """Join as somebody who has an account.

    Raises `UnusableInvitation`, and `RefusedChange` for a person of another address or a member.
    """
    invitation = _open(token)
    if user.email != invitation.email:
        raise RefusedChange(f"This invitation is for {invitation.email}; you are signed in as {user.email}.")
    return _accept(invitation, user, actor)


@transaction.atomic
def accept_as_new_person(*, token: str, full_name: str, password: str, actor: audit.Actor) -> Membership:
    """Make an account with the invited address, and join.

    Raises `UnusableInvitation`, and `RefusedChange` for a name or password that cannot be, or an account that exists.
    """
    invitation = _open(token)
    full_name = clean_line(full_name, longest=longest(User, "full_name"), what="name", field="full_name")
    try:
        validate_password(password, User(email=invitation.email, full_name=full_name))
    except ValidationError as error:
        raise RefusedChange(" ".join(error.messages), field="password") from None
    taken = RefusedChange(f"{invitation.email} has an account already: sign in with it to accept.")
    if User.objects.filter(email=invitation.email).exists():
        raise taken
    try:
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, password, full_name=full_name)
    except IntegrityError:
        raise taken from None
    return _accept(invitation, user, replace(actor, name=str(user), user_id=user.pk), new_account=True)


def _accept(invitation: Invitation, user: User, actor: audit.Actor, *, new_account: bool = False) -> Membership:
    membership = join(team=invitation.team, user=user, role=invitation.role)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    _record(INVITATION_ACCEPTED, invitation, actor, invited_by=invitation.invited_by_name, new_account=new_account)
    return membership


def _make(
    kind: str, *, team: Team, email: str, role: Role, actor: audit.Actor, invited_by: User | None
) -> NewInvitation:
    now = timezone.now()
    if team.invitations.open(now).count() >= MOST_OPEN:
        raise RefusedChange(f"This team has {MOST_OPEN} open invitations. Withdraw some of them first.")
    if team.invitations.filter(created_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise RefusedChange(f"This team has sent {MOST_A_DAY} invitations in a day. Send more tomorrow.")
    token = new_token()
    invitation = Invitation(
        team=team,
        email=email,
        role=role,
        digest=digest_of(token),
        invited_by=invited_by,
        invited_by_name=actor.name,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    invitation.save(force_insert=True)
    _record(kind, invitation, actor, expires_at=invitation.expires_at.isoformat())
    return NewInvitation(invitation, token)


def _unanswered(invitation: Invitation) -> Invitation:
    """With the team's row locked."""
    current = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if current.accepted_at:
        raise RefusedChange(f"{current.email} has accepted the invitation meanwhile.")
    if current.revoked_at:
        raise RefusedChange(f"The invitation of {current.email} has been withdrawn or sent again meanwhile.")
    return current


def _open(token: str) -> Invitation:
    """The invitation, locked. The team's row is locked first, in the order in which every other service locks them."""
    digest = digest_of(token)
    found = Invitation.objects.select_related("team").filter(digest=digest).first() if digest else None
    if found is None:
        raise UnusableInvitation("unknown")
    team = locked(found.team)
    invitation = Invitation.objects.select_for_update().filter(digest=digest).get()
    invitation.team = team
    if invitation.state != "open":
        raise UnusableInvitation(invitation.state)
    return invitation


def _record(kind: str, invitation: Invitation, actor: audit.Actor, **details: object) -> None:
    audit.record(
        kind=kind,
        actor=actor,
        team=invitation.team,
        object_id=invitation.pk,
        object_name=invitation.email,
        details={"role": str(invitation.role), **details},
    )
