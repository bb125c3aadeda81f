"""The person who can let everybody else in."""

import secrets

from teams import services
from teams.audit import Actor
from teams.errors import RefusedChange
from teams.models import Team, User
from teams.permissions import Role


def first_admin(team: Team, email: str, actor: Actor) -> str | None:
    """Make the person an admin of the team. Returns the password of a person who is new: it is kept nowhere."""
    user = User.objects.filter(email=email).first()
    password = None
    if user is None:
        password = new_password()
        user = User.objects.create_user(email, password)
    elif not user.is_active:
        raise RefusedChange(f"{email} may not sign in.", field="admin")
    services.add_member(team=team, user=user, role=Role.ADMIN, actor=actor)
    return password


def new_password() -> str:
    """Four groups of five letters and digits that are not mistaken for one another: 98 bits."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
