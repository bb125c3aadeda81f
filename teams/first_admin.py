"""The person who can let everybody else in."""

import secrets

from teams import services
from teams.audit import Actor
from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.models import Team, User
from teams.permissions import Role
from teams.services.invitations import NewInvitation


def first_admin(team: Team, email: str, actor: Actor) -> str | None:
    """Make the person an admin of the team. Returns the password of a person who is new: it is kept nowhere."""
    user = _known(email)
    password = None
    if user is None:
        password = new_password()
        user = User.objects.create_user(email, password)
    services.add_member(team=team, user=user, role=Role.ADMIN, actor=actor)
    return password


def ask_to_be_admin(team: Team, email: str, actor: Actor, invited_by: User) -> NewInvitation | None:
    """Make somebody known an admin of the team at once; invite somebody new, whose link the caller hands over.

    Raises `RefusedChange`.
    """
    user = _known(fold_address(email))
    if user is None:
        return services.invite(team=team, email=email, role=Role.ADMIN, actor=actor, invited_by=invited_by)
    services.add_member(team=team, user=user, role=Role.ADMIN, actor=actor)
    return None


def new_password() -> str:
    """Four groups of five letters and digits that are not mistaken for one another: 100 bits."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


def _known(email: str) -> User | None:
    user = User.objects.filter(email=email).first()
    if user is not None and not user.is_active:
        raise RefusedChange(f"{email} may not sign in.", field="email")
    return user
