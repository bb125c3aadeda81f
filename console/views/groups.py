"""Groups of a team: the list, and a page for each with its members and its keys."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apikeys.ownership import hand_over_keys, keys_owned, named
from console.heirs import heirs_for_admin
from console.team_forms import GroupForm, GroupMemberForm, HeirForm
from console.views.questions import Question, ask
from teams import services
from teams.access import Access, team_view
from teams.fragments import render_page
from teams.listing import ListPage, Sorting
from teams.modals import posted
from teams.models import Group, User
from teams.permissions import Permission
from teams.selectors import groups_of

GROUP_COLUMNS = (
    Sorting("name", "Name", ("name",)),
    Sorting("members", "Members", ("member_count",)),
    Sorting("keys", "Keys", ("key_count",)),
    Sorting("created_at", "Created", ("created_at",)),
)
MEMBER_COLUMNS = (
    Sorting("name", "Name", ("full_name", "email")),
    Sorting("email", "E-mail address", ("email",)),
)


@require_safe
@team_view(Permission.TEAM_READ)
def groups(request: HttpRequest, access: Access) -> HttpResponse:
    listing = ListPage(
        request=request,
        prefix="groups",
        queryset=groups_of(access.team),
        columns_by_name=GROUP_COLUMNS,
        default_sort="name",
        search_fields=("name", "slug"),
    )
    context = {"access": access, "active_tab": "groups", "groups": listing}
    return render_page(request, "console/groups.html", {"groups-list": "console/group_list.html"}, context)


@require_safe
@team_view(Permission.TEAM_READ)
def group(request: HttpRequest, access: Access, group_slug: str) -> HttpResponse:
    found = _group(access, group_slug)
    listing = ListPage(
        request=request,
        prefix="members",
        queryset=found.members.all(),
        columns_by_name=MEMBER_COLUMNS,
        default_sort="name",
        search_fields=("full_name", "email"),
    )
    context = {
        "access": access,
        "active_tab": "groups",
        "group": found,
        "members": listing,
        "keys": keys_owned(access.team, found).listed().order_by("folded_name", "pk"),
    }
    return render_page(request, "console/group.html", {"group-page": "console/_group.html"}, context)


@require_http_methods(["GET", "POST"])
@team_view(Permission.GROUPS_MANAGE)
def create(request: HttpRequest, access: Access) -> HttpResponse:
    form = GroupForm(posted(request))
    page = reverse("console:groups", args=[access.team.slug])
    question = Question(title="Create group", consequence="", verb="Create group", page=page, changed="groups")

    def act() -> str:
        made = services.create_group(team=access.team, name=form.cleaned_data["name"], actor=access.actor)
        return f"Created the group {made.name}."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.GROUPS_MANAGE)
def rename(request: HttpRequest, access: Access, group_slug: str) -> HttpResponse:
    found = _group(access, group_slug)
    form = GroupForm(posted(request), initial={"name": found.name})
    question = Question(
        title="Rename group",
        consequence=f"Its slug stays “{found.slug}”: by that addresses and the gate’s headers know it.",
        verb="Rename group",
        page=_page(found),
        changed="group",
    )

    def act() -> str:
        renamed = services.rename_group(group=found, name=form.cleaned_data["name"], actor=access.actor)
        return f"The group is called {renamed.name} now."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.GROUPS_MANAGE)
def add_member(request: HttpRequest, access: Access, group_slug: str) -> HttpResponse:
    found = _group(access, group_slug)
    outside = User.objects.filter(memberships__team=access.team).exclude(team_groups=found)
    form = GroupMemberForm(posted(request), people=list(outside.order_by("full_name", "email")))
    question = Question(
        title=f"Add a member to {found.name}",
        consequence="With the role Developer or Admin they can manage the keys that the group owns.",
        verb="Add to group",
        page=_page(found),
        changed="group",
    )

    def act() -> str:
        services.add_to_group(group=found, user=form.chosen, actor=access.actor)
        return f"Added {form.chosen} to {found.name}."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.GROUPS_MANAGE)
def remove_member(request: HttpRequest, access: Access, group_slug: str, member_id: int) -> HttpResponse:
    found = _group(access, group_slug)
    person = get_object_or_404(found.members, pk=member_id)
    question = Question(
        title="Remove from group",
        facts=[("Member", f"{person} ({person.email})"), ("Group", found.name)],
        consequence="They stay in the team. The keys that the group owns stay the group’s.",
        verb="Remove from group",
        page=_page(found),
        changed="group",
        danger=True,
    )

    def act() -> str:
        services.remove_from_group(group=found, user=person, actor=access.actor)
        return f"Removed {person} from {found.name}."

    return ask(request, access, question, act)


@require_http_methods(["GET", "POST"])
@team_view(Permission.GROUPS_MANAGE)
def delete(request: HttpRequest, access: Access, group_slug: str) -> HttpResponse:
    found = _group(access, group_slug)
    keys = keys_owned(access.team, found).listed()
    heirs = heirs_for_admin(access.team, access.user, found)
    form = HeirForm(posted(request), heirs=heirs) if keys.exists() else None
    question = Question(
        title="Delete group",
        facts=[("Group", found.name), ("Members", str(found.members.count())), ("Keys", named(keys))],
        consequence="Its members stay in the team.",
        verb="Delete group",
        page=_page(found),
        then=reverse("console:groups", args=[access.team.slug]),
        danger=True,
    )

    def act() -> str:
        heir, disable = form.chosen if form is not None else (access.user, False)
        with transaction.atomic():
            if form is not None or not keys.exists():
                # Keys that were deleted long ago have an owner too, and nobody is asked about those.
                hand_over_keys(team=access.team, owner=found, heir=heir, disable=disable, actor=access.actor)
            services.delete_group(group=found, actor=access.actor)
        return f"Deleted the group {found.name}."

    return ask(request, access, question, act, form)


def _group(access: Access, group_slug: str) -> Group:
    return get_object_or_404(access.team.groups.select_related("team"), slug=group_slug)


def _page(group: Group) -> str:
    return reverse("console:group", args=[group.team.slug, group.slug])
