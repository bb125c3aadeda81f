"""What holds for everybody in the team."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apikeys.models import SealedCopy
from apikeys.sealed_copy_rule import allow_sealed_copies, forbid_sealed_copies
from console.second_factor import with_second_factor
from console.team_forms import GraceForm, TeamSettingsForm
from console.views.questions import Question, ask, prove_yourself_first
from teams import services
from teams.access import Access, team_view
from teams.errors import RefusedChange
from teams.modals import posted
from teams.models import User
from teams.permissions import Permission

MOST_NAMED = 5


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def team_settings(request: HttpRequest, access: Access) -> HttpResponse:
    team = access.team
    form = TeamSettingsForm(
        posted(request),
        initial={
            "name": team.name,
            "max_key_lifetime_days": team.max_key_lifetime_days,
            "expiry_reminders": team.expiry_reminders,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_team(team=team, actor=access.actor, **form.cleaned_data)
        except RefusedChange as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, "The team's settings are saved.")
            return redirect(_page(access))
    context = {
        "access": access,
        "active_tab": "team_settings",
        "form": form,
        "sealed_copies": SealedCopy.objects.filter(key__team=team).count(),
        "without_second_factor": _without_second_factor(access),
    }
    return render(request, "console/team_settings.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def allow_copies(request: HttpRequest, access: Access) -> HttpResponse:
    question = Question(
        title="Allow sealed copies",
        consequence="Whoever generates a key may then have Gatehouse keep an encrypted copy of it, to be copied again "
        "later after signing in anew. Keys that exist get none.",
        verb="Allow sealed copies",
        page=_page(access),
        then=_page(access),
    )

    def act() -> str:
        allow_sealed_copies(team=access.team, actor=access.actor)
        return "Sealed copies are allowed now."

    return ask(request, access, question, act)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def forbid_copies(request: HttpRequest, access: Access) -> HttpResponse:
    there = SealedCopy.objects.filter(key__team=access.team).count()
    question = Question(
        title="Forbid sealed copies",
        facts=[("Sealed copies now", str(there))],
        consequence="No new ones are kept, and those there are get destroyed. The keys go on working, but nobody can "
        "copy them from here any more. This cannot be undone.",
        verb="Destroy and forbid" if there else "Forbid sealed copies",
        page=_page(access),
        then=_page(access),
        danger=True,
    )

    def act() -> str:
        destroyed = forbid_sealed_copies(team=access.team, actor=access.actor)
        return f"Sealed copies are forbidden now; {destroyed} destroyed."

    return ask(request, access, question, act)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def require_second_factor(request: HttpRequest, access: Access) -> HttpResponse:
    form = GraceForm(posted(request))
    without = _without_second_factor(access)
    question = Question(
        title="Require a second factor",
        facts=[("Members without one", _named(without))],
        consequence="After the grace, members who have none get to no page of the team until they add one: an "
        "authenticator app or a passkey. Keys go on working.",
        warning="You have none yourself: add one under Security." if access.user in without else "",
        verb="Require a second factor",
        page=_page(access),
        then=_page(access),
    )

    def act() -> str:
        grace = timedelta(days=form.cleaned_data["grace"])
        services.require_second_factor(team=access.team, grace=grace, actor=access.actor)
        return "A second factor is required of every member now."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def stop_requiring_second_factor(request: HttpRequest, access: Access) -> HttpResponse:
    if answer := prove_yourself_first(request):
        return answer
    question = Question(
        title="Stop requiring a second factor",
        consequence="Members without one get back to the team's pages. Those who have one go on using it.",
        verb="Stop requiring it",
        page=_page(access),
        then=_page(access),
        danger=True,
    )

    def act() -> str:
        services.stop_requiring_second_factor(team=access.team, actor=access.actor)
        return "No second factor is required any more."

    return ask(request, access, question, act)


def _without_second_factor(access: Access) -> list[User]:
    people = list(User.objects.filter(memberships__team=access.team).order_by("full_name", "email"))
    protected = with_second_factor([person.pk for person in people])
    return [person for person in people if person.pk not in protected]


def _named(people: list[User]) -> str:
    names = ", ".join(map(str, people[:MOST_NAMED])) or "None"
    return f"{names} and {len(people) - MOST_NAMED} more" if len(people) > MOST_NAMED else names


def _page(access: Access) -> str:
    return reverse("console:team_settings", args=[access.team.slug])
