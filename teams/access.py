"""The one way into a team's pages: who is asking, which team, and whether the role allows it.

Outsiders get 404, whether the team exists or not. Members whose role does not suffice get 403. What anybody tried to
change and was refused, here or by a service, is in the audit trail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django_htmx.http import HttpResponseClientRedirect

from teams import audit
from teams.modals import is_fragment
from teams.models import Membership, Team, User
from teams.permissions import PERMISSIONS, Permission
from teams.refusals import audited_refusals, record_outsider

P = ParamSpec("P")

READING: Final = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""

ACCESS_REFUSED = audit.kind("access.refused", "was refused to change something that needs {object}")


class NotAllowed(PermissionDenied):
    """The role does not have the permission (403)."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"This needs the permission “{permission}”, which your role does not have.")
        self.permission = permission


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
        """Raise `NotAllowed` unless the role allows it."""
        if not self.allows(permission):
            raise NotAllowed(permission)


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


def _access_to_change(request: HttpRequest, team_slug: str) -> Access:
    try:
        return access_for(request, team_slug)
    except Http404:
        record_outsider(slug=team_slug, actor=audit.Actor.of_request(request), page=page_of(request))
        raise


EntryRule = Callable[[HttpRequest, Access], HttpResponse | None]
entry_rules: list[EntryRule] = []
"""What else must hold before a member gets in: a rule may answer in place of the page. The apps above add theirs."""


def team_view(
    permission: Permission, *, open_to_shut_out: bool = False
) -> Callable[
    [Callable[Concatenate[HttpRequest, Access, P], HttpResponse]],
    Callable[..., HttpResponse],
]:
    """Decorate a view of a team: it gets an `Access` in place of the slug, and runs only if the role allows it.

    With `open_to_shut_out` a member is let in whom the entry rules would turn away.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Access, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, team_slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            if request.method in READING:
                return enter(request, access_for(request, team_slug), *args, **kwargs)
            access = _access_to_change(request, team_slug)
            with audited_refusals(team=access.team, actor=access.actor, page=page_of(request)):
                return enter(request, access, *args, **kwargs)

        def enter(request: HttpRequest, access: Access, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            for rule in () if open_to_shut_out else entry_rules:
                if (answer := rule(request, access)) is not None:
                    return answer
            try:
                access.require(permission)
                return view(request, access, *args, **kwargs)
            except NotAllowed as refused:
                if request.method not in READING:
                    _record_refusal(access, refused.permission, request)
                raise

        return guarded

    return decorate


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back. htmx would put that page into the dialog: the browser is told to go there."""
    if not is_fragment(request):
        return redirect_to_login(request.get_full_path())
    page = request.htmx.current_url_abs_path  # type: ignore[attr-defined]
    return HttpResponseClientRedirect(redirect_to_login(page or request.get_full_path()).url)


def _record_refusal(access: Access, permission: Permission, request: HttpRequest) -> None:
    match = request.resolver_match
    ids = [value for name, value in match.kwargs.items() if name != "team_slug"] if match else []
    audit.record(
        kind=ACCESS_REFUSED,
        actor=access.actor,
        team=access.team,
        object_id="/".join(map(str, ids))[:64],
        object_name=str(permission),
        details={"page": page_of(request), "role": access.role},
    )


def page_of(request: HttpRequest) -> str:
    """The name of the view that it leads to, as the audit trail has it; empty if it leads nowhere."""
    return request.resolver_match.view_name if request.resolver_match else ""
