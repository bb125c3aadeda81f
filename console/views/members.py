"""Who is in the team: the list, roles, and going."""

from dataclasses import replace

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apikeys.ownership import hand_over_keys, keys_owned, named
from console.heirs import Heirs, heirs_for_admin, heirs_for_leaver
from console.second_factor import with_second_factor
from console.team_forms import HeirForm, RoleForm
from console.views.questions import Question, ask, go
from teams import services
from teams.access import Access, team_view
from teams.fragments import render_page
from teams.listing import ListPage, Sorting
from teams.modals import posted
from teams.models import Invitation, Membership, User
from teams.permissions import ROLE_SUMMARIES, Permission
from teams.selectors import members_of, unanswered_invitations_of

FRAGMENTS = {
    "member-lists": "console/_member_lists.html",
    "members-list": "console/member_list.html",
    "invitations-list": "console/invitation_list.html",
}
MEMBER_COLUMNS = (
    Sorting("name", "Name", ("user__full_name", "user__email")),
    Sorting("role", "Role", ("role",)),
    Sorting("keys", "Keys", ("key_count",)),
    Sorting("joined_at", "Joined", ("joined_at",)),
)
INVITATION_COLUMNS = (
    Sorting("email", "E-mail address", ("email",)),
    Sorting("role", "Role", ("role",)),
    Sorting("invited_by", "Invited by", ("invited_by_name",)),
    Sorting("created_at", "Sent", ("created_at",)),
    Sorting("expires_at", "Link works until", ("expires_at",)),
)


@require_safe
@team_view(Permission.TEAM_READ)
def members(request: HttpRequest, access: Access) -> HttpResponse:
    context = {
        "access": access,
        "active_tab": "members",
        "members": member_list(request, access),
        "invitations": invitation_list(request, access) if access.may["members_manage"] else None,
        "roles": ROLE_SUMMARIES.items(),
    }
    return render_page(request, "console/members.html", FRAGMENTS, context)


def member_list(request: HttpRequest, access: Access) -> ListPage[Membership]:
    """Where a second factor is asked for, each row also tells whoever manages members who has none."""
    listing = ListPage(
        request=request,
        prefix="members",
        queryset=members_of(access.team),
        columns_by_name=MEMBER_COLUMNS,
        default_sort="name",
        search_fields=("user__full_name", "user__email", "role"),
    )
    if access.team.second_factor_required_from and access.may["members_manage"]:
        protected = with_second_factor([membership.user_id for membership in listing.rows])
        for membership in listing.rows:
            membership.lacks_second_factor = membership.user_id not in protected  # type: ignore[attr-defined]
    return listing


def invitation_list(request: HttpRequest, access: Access) -> ListPage[Invitation]:
    return ListPage(
        request=request,
        prefix="invitations",
        queryset=unanswered_invitations_of(access.team),
        columns_by_name=INVITATION_COLUMNS,
        default_sort="-created_at",
        search_fields=("email", "invited_by_name", "role"),
    )


@require_http_methods(["GET", "POST"])
@team_view(Permission.MEMBERS_MANAGE)
def change_role(request: HttpRequest, access: Access, member_id: int) -> HttpResponse:
    membership = _member(access, member_id)
    person, is_me = membership.user, membership.user == access.user
    form = RoleForm(posted(request), initial={"role": membership.role})
    question = Question(
        title="Change role",
        facts=[("Member", f"{person} ({person.email})"), ("Role now", membership.get_role_display())],
        consequence="The new role counts with their next request.",
        warning="This is you. If you are no admin any more, only another admin can undo it." if is_me else "",
        verb="Change role",
        page=_page(access),
        changed="members",
        then=_page(access) if is_me else "",
    )

    def act() -> str:
        changed = services.change_role(team=access.team, user=person, role=form.chosen_role, actor=access.actor)
        return f"{person} has the role {changed.get_role_display()} now."

    return ask(request, access, question, act, form)


@require_http_methods(["GET", "POST"])
@team_view(Permission.MEMBERS_MANAGE)
def remove(request: HttpRequest, access: Access, member_id: int) -> HttpResponse:
    membership = _member(access, member_id)
    if membership.user == access.user:
        return go(request, reverse("console:leave", args=[access.team.slug]))
    question = Question(
        title="Remove member",
        facts=[("Member", f"{membership.user} ({membership.user.email})"), ("Role", membership.get_role_display())],
        consequence=f"They lose all access to {access.team.name} with their next request. Their account, and what they "
        "have in other teams, stays.",
        verb="Remove member",
        page=_page(access),
        changed="members",
        danger=True,
    )
    heirs = heirs_for_admin(access.team, access.user, membership.user)
    return _asked_to_go(request, access, membership.user, question, heirs)


@require_http_methods(["GET", "POST"])
@team_view(Permission.TEAM_READ, open_to_shut_out=True)
def leave(request: HttpRequest, access: Access) -> HttpResponse:
    question = Question(
        title=f"Leave {access.team.name}",
        consequence=f"You lose all access to {access.team.name} at once. Only an admin can bring you back.",
        verb="Leave team",
        page=_page(access),
        then=reverse("console:home"),
        danger=True,
    )
    return _asked_to_go(request, access, access.user, question, heirs_for_leaver(access.team, access.user))


def _asked_to_go(
    request: HttpRequest, access: Access, person: User, question: Question, heirs: Heirs | None
) -> HttpResponse:
    """Asks about the keys too if the person owns any. All of it happens, or nothing."""
    keys = keys_owned(access.team, person).listed()
    form = HeirForm(posted(request), heirs=heirs) if heirs and keys.exists() else None

    def act() -> str:
        with transaction.atomic():
            if form is not None:
                heir, disable = form.chosen
                hand_over_keys(team=access.team, owner=person, heir=heir, disable=disable, actor=access.actor)
            services.remove_member(team=access.team, user=person, actor=access.actor)
        return f"You have left {access.team.name}." if person == access.user else f"Removed {person}."

    facts = [*question.facts, ("Own keys", named(keys))]
    return ask(request, access, replace(question, facts=facts), act, form)


def _member(access: Access, member_id: int) -> Membership:
    return get_object_or_404(access.team.memberships.select_related("user"), user_id=member_id)


def _page(access: Access) -> str:
    return reverse("console:members", args=[access.team.slug])
