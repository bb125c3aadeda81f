"""Which of several teams somebody looked at last: pages that belong to no team lead back to it."""

from django.http import HttpRequest

from teams.models import Team

_SESSION_KEY = "last_team"


def last_team(request: HttpRequest) -> str:
    """The slug, from the session; empty when there is none. It says nothing about membership."""
    return str(request.session.get(_SESSION_KEY, ""))


def remember_team(request: HttpRequest, team: Team) -> None:
    if last_team(request) != team.slug:
        request.session[_SESSION_KEY] = team.slug
