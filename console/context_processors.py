"""What the frame around every page shows."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from console.last_team import last_team, remember_team
from console.second_factor import second_factor_due
from teams.access import permissions_by_name
from teams.models import Membership, Team, User
from teams.selectors import memberships_of


@dataclass(frozen=True)
class Shell:
    """`slug` is that of the team in the page's address; on pages of no team, of the one the person saw last."""

    user: User
    slug: str

    @cached_property
    def memberships(self) -> list[Membership]:
        return list(memberships_of(self.user).select_related("team__observe_mode"))

    @cached_property
    def membership(self) -> Membership | None:
        """In the first of the person's teams where the page is of no team and none was seen before."""
        named = [membership for membership in self.memberships if membership.team.slug == self.slug]
        return next(iter(named or self.memberships), None)

    @cached_property
    def may(self) -> dict[str, bool]:
        return permissions_by_name(self.membership.role) if self.membership else {}

    @cached_property
    def team(self) -> Team | None:
        return self.membership.team if self.membership else None

    @property
    def observes_until(self) -> datetime | None:
        """Until when the team's networks are only observed."""
        mode = getattr(self.team, "observe_mode", None)
        return mode.until if mode and mode.until > timezone.now() else None

    @cached_property
    def second_factor_due(self) -> datetime | None:
        """When the team's pages close to this person for want of a second factor."""
        return second_factor_due(self.user, self.team) if self.team else None

    @property
    def second_factor_overdue(self) -> bool:
        return self.second_factor_due is not None and self.second_factor_due <= timezone.now()


def shell(request: HttpRequest) -> dict[str, Shell | None]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"shell": None}
    match = request.resolver_match
    named = str(match.kwargs.get("team_slug", "")) if match else ""
    shell = Shell(user, named or last_team(request))
    if named and shell.team and len(shell.memberships) > 1:
        remember_team(request, shell.team)
    return {"shell": shell}
