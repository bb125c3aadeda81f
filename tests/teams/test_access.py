"""Who gets into a team's pages, and what each role may do there."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import Resolver404, resolve

from teams.access import Access, access_for, team_view
from teams.models import AuditEvent, User
from teams.permissions import PERMISSIONS, Permission, Role
from teams.services import add_member
from tests.cast import BY_TESTS, Cast

MAY = {
    Permission.TEAM_READ: "ann dev olga vic",
    Permission.TEAM_MANAGE: "ann",
    Permission.MEMBERS_MANAGE: "ann",
    Permission.GROUPS_MANAGE: "ann",
    Permission.KEYS_GENERATE: "ann dev",
    Permission.KEYS_MANAGE: "ann",
    Permission.SUBNETS_MANAGE: "ann olga",
    Permission.ACTIVITY_READ: "ann dev olga",
}
"""Of Acme: Ann is admin, Dev developer, Olga ops, Vic viewer."""


@team_view(Permission.SUBNETS_MANAGE)
def page(request: HttpRequest, access: Access) -> HttpResponse:
    return HttpResponse(f"{access.user} is {access.role} of {access.team}")


def asks(person: User | AnonymousUser, method: str = "GET") -> HttpRequest:
    request = RequestFactory().generic(method, "/teams/acme/networks/", REMOTE_ADDR="198.51.100.7")
    request.META["gatehouse.request_id"] = "abc123"
    request.user = person
    return request


@pytest.mark.parametrize("permission", Permission)
def test_what_each_role_may(cast: Cast, permission: Permission) -> None:
    allowed = {
        name for name in ("ann", "dev", "olga", "vic") if access_for(asks(cast.person(name)), "acme").allows(permission)
    }
    assert allowed == set(MAY[permission].split())


def test_every_role_is_in_the_table() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_templates_ask_by_name(cast: Cast) -> None:
    may = access_for(asks(cast.olga), "acme").may
    assert (may["subnets_manage"], may["keys_generate"]) == (True, False)
    assert len(may) == len(Permission)


def test_a_member_with_the_role_gets_in(cast: Cast) -> None:
    assert page(asks(cast.olga), "acme").content == b"Olga Ops is ops of Acme Research"


@pytest.mark.parametrize("slug", ["acme", "no-such-team", "", "ACME"])
def test_an_outsider_cannot_tell_whether_a_team_exists(cast: Cast, slug: str) -> None:
    with pytest.raises(Http404) as refused:
        page(asks(cast.mallory), slug)
    assert str(refused.value) == "No such team."


@pytest.mark.parametrize(
    "path",
    [
        "/teams/acme\x00/",
        "/teams/acme%00/authorization/",
        "/teams/acme/keys/A\x00/delete/",
        "/teams/acme/keys/é/copy/",
        "/teams/acme/networks/A\x00/delete/",
        "/teams/acme/networks/../delete/",
    ],
)
def test_what_is_no_slug_and_no_id_never_reaches_the_database(path: str) -> None:
    """PostgreSQL would answer a NUL with an error."""
    with pytest.raises(Resolver404):
        resolve(path)


def test_somebody_not_signed_in_is_sent_to_sign_in(cast: Cast) -> None:
    answer = page(asks(AnonymousUser()), "acme")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_a_role_counts_in_its_team_only(cast: Cast) -> None:
    add_member(team=cast.globex, user=cast.olga, role=Role.VIEWER, actor=BY_TESTS)
    assert page(asks(cast.olga), "acme").status_code == 200
    with pytest.raises(PermissionDenied):
        page(asks(cast.olga), "globex")


@pytest.mark.parametrize(("method", "recorded"), [("POST", 1), ("DELETE", 1), ("GET", 0), ("HEAD", 0)])
def test_a_refused_change_is_in_the_trail(cast: Cast, method: str, recorded: int) -> None:
    with pytest.raises(PermissionDenied, match="subnets:manage"):
        page(asks(cast.vic, method), "acme")
    events = AuditEvent.objects.filter(kind="access.refused")
    assert len(events) == recorded
    for event in events:
        assert (event.actor_name, event.actor_address, event.request_id) == ("Vic Viewer", "198.51.100.7", "abc123")
        assert (event.team_id, event.object_name) == (cast.acme.pk, "subnets:manage")
        assert event.details["role"] == "viewer"
