"""Reads."""

from django.db.models import Count, QuerySet

from teams.models import AuditEvent, Group, Membership, Team, User


def memberships_of(user: User) -> QuerySet[Membership]:
    return Membership.objects.filter(user=user).select_related("team").order_by("team__name", "pk")


def members_of(team: Team) -> QuerySet[Membership]:
    return team.memberships.select_related("user").order_by("user__full_name", "user__email")


def groups_of(team: Team) -> QuerySet[Group]:
    return team.groups.annotate(key_count=Count("keys"))


def events_of(team: Team) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(team_id=team.pk)


def team_by_slug(slug: str) -> Team:
    """Raises `Team.DoesNotExist`."""
    return Team.objects.get(slug=slug)
