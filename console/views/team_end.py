"""How an admin stops a team for a while, or for good."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apikeys.selectors import keys_of
from console.team_forms import TypedSlugForm
from console.views.questions import Question, ask, prove_yourself_first
from teams import services
from teams.access import Access, team_view
from teams.modals import posted
from teams.permissions import Permission


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def suspend(request: HttpRequest, access: Access) -> HttpResponse:
    if answer := prove_yourself_first(request):
        return answer
    team = access.team
    form = TypedSlugForm(posted(request), team=team, nothing="Nothing was suspended.")
    question = Question(
        title=f"Suspend {team.name}",
        facts=[("Slug", team.slug), ("Keys", str(keys_of(team).count()))],
        consequence="Every request with a key of this team is refused from the next one on, until an admin resumes the "
        "team. Nothing is lost.",
        verb="Suspend this team",
        page=_page(access),
        then=_page(access),
        danger=True,
    )

    def act() -> str:
        services.suspend_team(team=team, by_team=True, actor=access.actor)
        return f"{team.name} is suspended: every request of it is refused."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def resume(request: HttpRequest, access: Access) -> HttpResponse:
    team = access.team
    question = Question(
        title=f"Resume {team.name}",
        consequence="Its keys work again with their next request.",
        verb="Resume this team",
        page=_page(access),
        then=_page(access),
    )

    def act() -> str:
        services.resume_team(team=team, by_team=True, actor=access.actor)
        return f"{team.name} is resumed."

    return ask(request, access, question, act)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def delete(request: HttpRequest, access: Access) -> HttpResponse:
    if answer := prove_yourself_first(request):
        return answer
    team = access.team
    form = TypedSlugForm(posted(request), team=team, nothing="Nothing was deleted.")
    question = Question(
        title=f"Delete {team.name}",
        facts=[
            ("Slug", team.slug),
            ("Members", str(team.memberships.count())),
            ("Keys", str(keys_of(team).count())),
        ],
        consequence="Its keys stop working with their next request. Keys, networks, groups and invitations are gone "
        "for good; the audit trail stays with whoever runs this Gatehouse. People keep their accounts. This cannot be "
        "undone.",
        verb="Delete this team",
        page=_page(access),
        then=reverse("console:home"),
        danger=True,
    )

    def act() -> str:
        services.delete_team(team=team, actor=access.actor)
        return f"Deleted the team {team.name}."

    return ask(request, access, question, act, form)


def _page(access: Access) -> str:
    return reverse("console:team_settings", args=[access.team.slug])
