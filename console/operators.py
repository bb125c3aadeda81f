"""Operators run the installation: the one way into their pages, and what they see of its teams."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse

from apikeys.models import ApiKey
from ipsubnets.models import IPSubnet
from teams import audit
from teams.access import READING, page_of, sign_in_first
from teams.audit_bounds import worth_writing
from teams.models import AuditEvent, Membership, Team, User
from teams.refusals import MOST_OF_AN_OUTSIDER, audited_refusals
from teams.services.team import TEAM_SUSPENDED

P = ParamSpec("P")

OPERATOR_REFUSED: Final = audit.kind("operator.refused", "was refused what only operators may do ({object})")


@dataclass(frozen=True)
class Operator:
    """A signed-in operator, as a view sees them."""

    user: User
    actor: audit.Actor


def is_operator(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def operator_view(
    view: Callable[Concatenate[HttpRequest, Operator, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """The view gets an `Operator`. Everybody else finds nothing here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if (answer := turned_away(request)) is not None:
            return answer
        user = request.user
        assert isinstance(user, User)  # noqa: S101 - for the type checker: an operator is one
        operator = Operator(user, audit.Actor.of_request(request))
        with audited_refusals(team=None, actor=operator.actor, page=page_of(request)):
            return view(request, operator, *args, **kwargs)

    return guarded


def turned_away(request: HttpRequest) -> HttpResponse | None:
    """None for operators. Whoever is not signed in does that first; `Http404` for all others.

    What somebody tried to change is in the audit trail.
    """
    if is_operator(request):
        return None
    if not request.user.is_authenticated:
        return sign_in_first(request)
    actor = audit.Actor.of_request(request)
    if request.method not in READING and worth_writing(f"operators.{actor.user_id}", MOST_OF_AN_OUTSIDER, team=None):
        audit.record(kind=OPERATOR_REFUSED, actor=actor, team=None, object_name=page_of(request))
    raise Http404("Nothing here.")


def every_team() -> QuerySet[Team]:
    """Each with `member_count`, `key_count` (of the listed keys) and `network_count`."""
    return Team.objects.annotate(
        member_count=_number_of(Membership.objects.all()),
        key_count=_number_of(ApiKey.objects.listed()),
        network_count=_number_of(IPSubnet.objects.all()),
    )


def _number_of(rows: QuerySet[Membership] | QuerySet[ApiKey] | QuerySet[IPSubnet]) -> Coalesce:
    """By a subquery each: joined, three tables would multiply."""
    counted = rows.filter(team=OuterRef("pk")).order_by().values("team").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number"), output_field=IntegerField()), 0)


def suspensions(teams: list[Team]) -> dict[int, AuditEvent]:
    """Of those that are suspended, by team: the event that tells by whom and why."""
    suspended = [team.pk for team in teams if team.suspended_at]
    events = AuditEvent.objects.filter(team_id__in=suspended, kind=TEAM_SUSPENDED).order_by("pk") if suspended else ()
    return {event.team_id: event for event in events if event.team_id is not None}
