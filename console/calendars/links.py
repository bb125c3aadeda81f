"""Making and revoking the private links of calendars, and whose calendar a link is."""

from django.db import transaction
from django.utils import timezone

from console.calendars.models import CalendarLink
from console.public_address import public_url
from console.second_factor import second_factor_due
from teams import audit
from teams.departures import member_leaves
from teams.errors import RefusedChange
from teams.invitation_tokens import digest_of, new_token
from teams.models import Membership, Team, User
from teams.services.team import locked

LINK_MADE = audit.kind("calendar.link_made", "made a private link to the calendar of {object}")
LINK_REVOKED = audit.kind("calendar.link_revoked", "revoked the private link to the calendar of {object}")


@transaction.atomic
def make_link(*, team: Team, person: User, actor: audit.Actor) -> str:
    """The new link, which exists nowhere else: an old one ends. Raises `RefusedChange` for who is not in the team."""
    team = locked(team)
    if not Membership.objects.filter(team=team, user=person).exists():
        raise RefusedChange(f"{person} is not a member of {team.name}.")
    token = new_token()
    CalendarLink.objects.update_or_create(
        team=team, person=person, defaults={"digest": digest_of(token), "created_at": timezone.now()}
    )
    _record(LINK_MADE, team, actor)
    return public_url("console:calendar", token)


@transaction.atomic
def revoke_link(*, team: Team, person: User, actor: audit.Actor) -> None:
    """Raises `RefusedChange` where there is none."""
    if not CalendarLink.objects.filter(team=team, person=person).delete()[0]:
        raise RefusedChange(f"You have no link to the calendar of {team.name} any more.")
    _record(LINK_REVOKED, team, actor)


def team_of(token: str) -> Team | None:
    """The team whose calendar the link opens; None for a link that does not, or whose owner's pages are closed."""
    digest = digest_of(token)
    if digest is None:
        return None
    link = CalendarLink.objects.select_related("team", "person").filter(digest=digest).first()
    if link is None or not link.person.is_active:
        return None
    if not Membership.objects.filter(team=link.team, user=link.person).exists():
        return None
    due = second_factor_due(link.person, link.team)
    return None if due is not None and due <= timezone.now() else link.team


def connect() -> None:
    """The link ends with the membership, and does not come back with it."""
    member_leaves.connect(_member_leaves, dispatch_uid="calendars.member_leaves")


def _member_leaves(*, team: Team, user: User, **_: object) -> None:
    CalendarLink.objects.filter(team=team, person=user).delete()


def _record(kind: str, team: Team, actor: audit.Actor) -> None:
    audit.record(kind=kind, actor=actor, team=team, object_id=team.slug, object_name=team.name)
