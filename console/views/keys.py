"""The page of one key: what it is, how it is used, what was done to it, and how to read it from the environment."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apikeys.forms import RenameKeyForm
from apikeys.models import ApiKey
from apikeys.network_binding import bind_key, bound_networks
from apikeys.network_choices import BindKeyForm
from apikeys.renaming import rename_key
from apikeys.selectors import keys_of, may_manage, own_group_ids, permits
from apikeys.views import DATASETS_PATH
from console.key_history import history_of, refusals_of_key, requests_by_day
from console.rotation.pair import rotation_of
from console.views.questions import Question, ask, go
from teams.access import Access, NotAllowed, team_view
from teams.fragments import render_page
from teams.modals import posted
from teams.permissions import Permission

PYTHON = """\
import os
from urllib.request import Request, urlopen

key = os.environ["GATEHOUSE_API_KEY"]
request = Request("{url}", headers={{"Authorization": f"Bearer {{key}}"}})
print(urlopen(request).read().decode())"""
"""Without the key, and without anything to install."""

FRAGMENTS = {"key-page": "console/_key.html"}


@require_safe
@team_view(Permission.TEAM_READ)
@never_cache
def key(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    apikey = listed_key(access, key_id)
    if apikey is None:
        return go(request, reverse("console:authorization", args=[access.team.slug]))
    url = f"{settings.GATEHOUSE_PUBLIC_URL}{DATASETS_PATH}"
    groups = own_group_ids(access)
    successor = keys_of(access.team).filter(predecessor=apikey).first()
    predecessor = keys_of(access.team).filter(pk=apikey.predecessor_id).first() if apikey.predecessor_id else None
    rotation = rotation_of(apikey, predecessor=predecessor, successor=successor)
    sees_activity = access.allows(Permission.ACTIVITY_READ)
    context = {
        "access": access,
        "active_tab": "authorization",
        "apikey": apikey,
        "permits": permits(access, apikey, groups),
        "successor": successor,
        "predecessor": predecessor,
        "rotation": rotation,
        "may_retire": rotation is not None and may_manage(access, rotation.old, groups),
        "leaks": apikey.leaks.order_by("-last_at"),
        "networks": bound_networks(apikey),
        "days": requests_by_day(apikey),
        "refusals": refusals_of_key(apikey) if sees_activity else [],
        "history": history_of(apikey) if sees_activity else [],
        "api_url": url,
        "python_snippet": PYTHON.format(url=url),
    }
    return render_page(request, "console/key.html", FRAGMENTS, context)


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
def rename(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    apikey = listed_key(access, key_id)
    if apikey is None:
        return go(request, reverse("console:authorization", args=[access.team.slug]))
    if not may_manage(access, apikey, own_group_ids(access)):
        raise NotAllowed(Permission.KEYS_MANAGE)
    form = RenameKeyForm(posted(request), initial={"name": apikey.name})
    question = Question(
        title="Rename API key", consequence="", verb="Rename key", page=page_of(apikey, access), changed="keys"
    )

    def act() -> str:
        renamed = rename_key(apikey=apikey, name=form.cleaned_data["name"], actor=access.actor)
        return f"The key is called “{renamed.name}” now."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.KEYS_GENERATE)
def bind(request: HttpRequest, access: Access, key_id: str) -> HttpResponse:
    """Choosing the networks that a key may be used from."""
    apikey = listed_key(access, key_id)
    if apikey is None:
        return go(request, reverse("console:authorization", args=[access.team.slug]))
    if not may_manage(access, apikey, own_group_ids(access)):
        raise NotAllowed(Permission.KEYS_MANAGE)
    form = BindKeyForm(posted(request), team=access.team, bound=bound_networks(apikey))
    question = Question(
        title="Networks of the key",
        consequence="Requests from elsewhere are refused from the next one on. This only narrows: an address that the "
        "team does not list is refused whatever is chosen here. When a network ends or is removed, the key loses it.",
        verb="Save",
        page=page_of(apikey, access),
        changed="keys",
        facts=[("Key", apikey.name)],
        warning="" if form.fields else "The team lists no networks, and is refused everywhere already.",
    )

    def act() -> str:
        bound = bind_key(apikey=apikey, networks=form.chosen_networks, actor=access.actor)
        reach = "some of the team's networks only" if bound.narrowed else "all of the team's networks"
        return f"“{bound.name}” may be used from {reach}."

    return ask(request, access, question, act, form)


def page_of(apikey: ApiKey, access: Access) -> str:
    return reverse("console:key", args=[access.team.slug, apikey.pk])


def listed_key(access: Access, key_id: str) -> ApiKey | None:
    """None for one that was deleted; `Http404` for one that the team never had."""
    apikey = keys_of(access.team).filter(pk=key_id).first()
    if apikey is None and not access.team.keys.filter(pk=key_id).exists():
        raise Http404("No such key.")
    return apikey
