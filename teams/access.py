"""The one way into a team's pages: who is asking, which team, and whether the role allows it.

Outsiders get 404, whether the team exists or not. Members whose role does not suffice get 403, and what they
tried to change is in the audit trail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property

from teams import audit
from teams.models import Membership, Team, User
from teams.permissions import PERMISSIONS, Permission

P = ParamSpec("P")

ACCESS_REFUSED = audit.kind("access.refused", "was refused to change something that needs {object}")


@dataclass(frozen=True)
class Access:
    """A signed-in member in a team, as a view sees it."""

    user: User
    team: Team
    role: str
    actor: audit.Actor

    def allows(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role]

    @cached_property
    def may(self) -> dict[str, bool]:
        """Every permission by its template name (`keys_generate`), for showing and hiding."""
        return permissions_by_name(self.role)

    def require(self, permission: Permission) -> None:
        """Raise `PermissionDenied` (403) unless the role allows it."""
        if not self.allows(permission):
            raise PermissionDenied(f"This needs the permission “{permission}”, which your role does not have.")


def permissions_by_name(role: str) -> dict[str, bool]:
    return {permission.replace(":", "_"): permission in PERMISSIONS[role] for permission in Permission}


def access_for(request: HttpRequest, team_slug: str) -> Access:
    """The signed-in person's access to the team; `Http404` for everybody who is not in it."""
    membership = (
        Membership.objects.select_related("team", "user").filter(team__slug=team_slug, user=request.user.pk).first()
    )
    if membership is None:
        raise Http404("No such team.")
    actor = audit.Actor.of_request(request)
    return Access(user=membership.user, team=membership.team, role=membership.role, actor=actor)


def team_view(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Access, P], HttpResponse]],
    Callable[..., HttpResponse],
]:
    """Decorate a view of a team: it gets an `Access` in place of the slug, and runs only if the role allows it."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Access, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, team_slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            access = access_for(request, team_slug)
            try:
                access.require(permission)
                return view(request, access, *args, **kwargs)
            except PermissionDenied:
                if request.method not in {"GET", "HEAD"}:
                    _record_refusal(access, permission, request)
                raise

        return guarded

    return decorate


def _record_refusal(access: Access, permission: Permission, request: HttpRequest) -> None:
    match = request.resolver_match
    audit.record(
        kind=ACCESS_REFUSED,
        actor=access.actor,
        team=access.team,
        object_name=str(permission),
        details={"page": match.view_name if match else "", "role": access.role},
    )
