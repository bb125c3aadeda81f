"""Members and groups: whom a key can belong to."""

from ninja import Query

from apikeys.scopes import Scope
from console.api.cursors import Order, read_page
from console.api.given import GroupPage, MemberPage
from console.api.operations import ApiRequest, operation
from console.api.representations import Json, group_json, member_json
from console.api.taken import Page
from teams.models import Group

OLDEST_FIRST = Order(("id",), newest_first=False)


@operation("GET", "/members", Scope.KEYS_READ, name="listMembers", tag="People", query=Page, answers={200: MemberPage})
def list_members(request: ApiRequest, page: Query[Page]) -> Json:
    """List the team's members

    In the order in which they joined.
    """
    team = request.caller.team
    members, cursor = read_page(
        team.memberships.select_related("user"),
        OLDEST_FIRST,
        query=("members", team.pk),
        cursor=page.cursor,
        limit=page.limit,
    )
    groups: dict[int, list[str]] = {}
    places = Group.members.through.objects.filter(group__team=team, user__in=[member.user_id for member in members])
    for person, slug in places.order_by("group__slug").values_list("user_id", "group__slug"):
        groups.setdefault(person, []).append(slug)
    shown = [member_json(member, groups.get(member.user_id, [])) for member in members]
    return {"members": shown, "next_cursor": cursor}


@operation("GET", "/groups", Scope.KEYS_READ, name="listGroups", tag="People", query=Page, answers={200: GroupPage})
def list_groups(request: ApiRequest, page: Query[Page]) -> Json:
    """List the team's groups

    In the order in which they were made.
    """
    team = request.caller.team
    groups, cursor = read_page(
        team.groups.prefetch_related("members"),
        OLDEST_FIRST,
        query=("groups", team.pk),
        cursor=page.cursor,
        limit=page.limit,
    )
    return {"groups": [group_json(group) for group in groups], "next_cursor": cursor}
