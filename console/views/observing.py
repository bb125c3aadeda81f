"""Whether a team's networks are binding, or only observed for a while."""

from datetime import timedelta
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.views.questions import Question, ask
from ipsubnets import observing
from teams.access import Access, team_view
from teams.modals import posted
from teams.permissions import Permission

LENGTHS: Final = {
    "1h": ("For an hour", timedelta(hours=1)),
    "1d": ("For a day", timedelta(days=1)),
    "3d": ("For 3 days", timedelta(days=3)),
    "7d": ("For 7 days", timedelta(days=7)),
    "14d": ("For 14 days", timedelta(days=14)),
}


class ObserveForm(forms.Form):
    length = forms.ChoiceField(
        label="For how long", choices=[(name, label) for name, (label, _) in LENGTHS.items()], initial="1d"
    )


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def observe(request: HttpRequest, access: Access) -> HttpResponse:
    form = ObserveForm(posted(request))
    question = Question(
        title="Observe only",
        consequence="Requests with a good key are let through from any address. What would have been refused is listed "
        "under Refused requests, so that you can complete the list of networks. It ends by itself.",
        warning="While it lasts, a stolen key works from everywhere.",
        verb="Observe only",
        page=_page(access),
        then=_page(access),
        danger=True,
    )

    def act() -> str:
        _, length = LENGTHS[form.cleaned_data["length"]]
        observing.observe(team=access.team, length=length, actor=access.actor)
        return "The networks are only observed now."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_MANAGE)
def enforce(request: HttpRequest, access: Access) -> HttpResponse:
    question = Question(
        title="Enforce the networks",
        consequence="From the next request on, whatever comes from an address that is not listed is refused.",
        verb="Enforce",
        page=_page(access),
        then=_page(access),
    )

    def act() -> str:
        observing.enforce(team=access.team, actor=access.actor)
        return "The networks are binding again."

    return ask(request, access, question, act)


def _page(access: Access) -> str:
    return reverse("console:team_settings", args=[access.team.slug])
