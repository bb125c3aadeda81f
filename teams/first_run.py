"""A new installation is set up by whoever reads the link that its start prints: no password comes with it.

The first team and its admin are there before, so that commands have something to work on. Nobody can sign in as that
admin until the link is used, and with that every such link is over.
"""

from dataclasses import replace
from typing import Final

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from teams import audit, policy_changes, services
from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.invitation_tokens import digest_of, new_token
from teams.models import AuditEvent, Membership, SetupLink, Team, User
from teams.names import clean_name, longest, slug_of
from teams.permissions import Role
from teams.services.team import locked
from teams.texts import clean_line

FIRST_TEAM: Final = "My Team"
FIRST_ADMIN: Final = "admin@localhost"
FIRST_START: Final = audit.Actor(name="First start", via="command line")

SET_UP = audit.kind("team.set_up", "set up Gatehouse, and in it the team {object}")
FIRST_OPERATOR = audit.kind("operator.first", "set up Gatehouse and became its first operator ({object})")


class UnusableLink(RefusedChange):
    """There is no such link, or there is no use for it any more."""

    def __init__(self) -> None:
        super().__init__("This link cannot be used.")


def somebody_can_sign_in() -> bool:
    """Whether anybody has a password, or has ever signed in by other means."""
    return User.objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX, last_login=None).exists()


@transaction.atomic
def offer_set_up() -> str | None:
    """The token of a new link; None once somebody can sign in. Makes the first team and its admin if they are missing.

    Links that were printed before go on working: a second start that fails must not spoil the first one's.
    """
    if somebody_can_sign_in():
        return None
    place = _place_of_first_admin()
    token = new_token()
    SetupLink.objects.create(digest=digest_of(token), team=place.team, admin=place.user)
    return token


def usable_link(token: str) -> SetupLink | None:
    digest = digest_of(token)
    link = SetupLink.objects.select_related("team").filter(digest=digest).first() if digest else None
    return None if link is None or somebody_can_sign_in() else link


@transaction.atomic
def set_up(*, token: str, name: str, email: str, full_name: str, password: str, actor: audit.Actor) -> Membership:
    """Name the first team, and make its admin somebody: from now on they sign in, and are the first operator.

    Raises `UnusableLink`, and `RefusedChange` for what cannot be a team's or a person's name, an address, a password.
    """
    list(SetupLink.objects.select_for_update().order_by("pk"))  # of two who use a link at once, the second waits here
    link = usable_link(token)
    if link is None:
        raise UnusableLink
    team = locked(link.team)
    admin = User.objects.select_for_update().get(pk=link.admin_id)
    admin.full_name = clean_line(full_name, longest=longest(User, "full_name"), what="name", field="full_name")
    admin.email = fold_address(email)
    if User.objects.filter(email=admin.email).exclude(pk=admin.pk).exists():
        raise RefusedChange(f"{admin.email} is somebody else's address here.", field="email")
    try:
        validate_password(password, admin)
    except ValidationError as error:
        raise RefusedChange(" ".join(error.messages), field="password") from None
    admin.set_password(password)
    admin.is_superuser = admin.is_staff = True
    admin.save()
    before = team.name
    _rename(team, clean_name(name, "team"))
    SetupLink.objects.all().delete()
    actor = replace(actor, name=str(admin), user_id=admin.pk)
    details = {"before": before, "after": team.name, "email": admin.email}
    audit.record(kind=SET_UP, actor=actor, team=team, object_id=team.slug, object_name=team.name, details=details)
    audit.record_for_people(kind=FIRST_OPERATOR, actor=actor, user=admin)
    policy_changes.announce(team_id=team.pk)
    return Membership.objects.select_related("team", "user").get(team=team, user=admin)


def _place_of_first_admin() -> Membership:
    """That of an earlier start; or else a new one, in the oldest team there is."""
    nobodies = Membership.objects.filter(role=Role.ADMIN, user__is_active=True)
    place = nobodies.select_related("team", "user").order_by("pk").first()
    if place is not None:
        return place
    admin = User.objects.filter(email=FIRST_ADMIN).first() or User.objects.create_user(FIRST_ADMIN)
    team = Team.objects.order_by("pk").first() or services.create_team(name=FIRST_TEAM, actor=FIRST_START)
    return services.add_member(team=team, user=admin, role=Role.ADMIN, actor=FIRST_START)


def _rename(team: Team, name: str) -> None:
    """The slug follows the name while nobody has done anything in the team: later, programs know it by its slug."""
    slug = slug_of(name)
    untouched = not AuditEvent.objects.filter(team_id=team.pk).exclude(actor_name=FIRST_START.name).exists()
    if slug and untouched and not Team.objects.filter(slug=slug).exists():
        team.slug = slug
    team.name = name
    team.save(update_fields=["name", "slug"])
