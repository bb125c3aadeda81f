"""Reads."""

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from teams.invitation_tokens import digest_of
from teams.models import AuditEvent, Group, Invitation, Membership, Team, User


def memberships_of(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user).select_related("team").order_by("team__name", "pk")


def members_of(team: Team) -> QuerySet[Membership]:
    """Each with `key_count`, the number of listed keys of this team that the person owns."""
    keys = Q(user__keys__team=F("team"), user__keys__deleted_at=None)
    members = team.memberships.select_related("user").annotate(key_count=Count("user__keys", filter=keys))
    return members.order_by("user__full_name", "user__email")


def groups_of(team: Team) -> QuerySet[Group]:
    """Each with `key_count`, the number of its keys that are listed, and `member_count`."""
    places = Group.members.through.objects.filter(group=OuterRef("pk")).values("group")
    return team.groups.annotate(
        key_count=Count("keys", filter=Q(keys__deleted_at=None)),
        member_count=Coalesce(Subquery(places.values(people=Count("pk"))), 0),
    )


def unanswered_invitations_of(team: Team) -> QuerySet[Invitation]:
    """Those whose link works, and those whose time is over."""
    return team.invitations.unanswered()


def invitation_by_token(token: str) -> Invitation | None:
    """In whatever state it is. The token is compared by its digest."""
    digest = digest_of(token)
    if digest is None:
        return None
    return Invitation.objects.select_related("team").filter(digest=digest).first()


def events_of(team: Team) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(team_id=team.pk)
