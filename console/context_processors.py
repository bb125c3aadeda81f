"""What the frame around every page shows."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import cached_property

from teams.access import permissions_by_name
from teams.models import Membership, Team, User
from teams.selectors import memberships_of


@dataclass(frozen=True)
class Shell:
    user: User
    slug: str

    @cached_property
    def memberships(self) -> list[Membership]:
        return list(memberships_of(self.user))

    @cached_property
    def membership(self) -> Membership | None:
        """In the team of this page; on pages of no team, in the person's first."""
        named = [membership for membership in self.memberships if membership.team.slug == self.slug]
        return next(iter(named or self.memberships), None)

    @cached_property
    def may(self) -> dict[str, bool]:
        return permissions_by_name(self.membership.role) if self.membership else {}

    @cached_property
    def team(self) -> Team | None:
        return self.membership.team if self.membership else None


def shell(request: HttpRequest) -> dict[str, Shell | None]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"shell": None}
    match = request.resolver_match
    return {"shell": Shell(user, str(match.kwargs.get("team_slug", "")) if match else "")}
