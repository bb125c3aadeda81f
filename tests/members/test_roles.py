"""Ann changes roles: they count with the next request, and a team always has an admin."""

import re
from functools import partial
from pathlib import Path

import pytest

from teams import services
from teams.errors import RefusedChange
from teams.models import AuditEvent, Membership
from teams.permissions import PERMISSIONS, Permission, Role
from tests.at_once import at_once
from tests.cast import BY_TESTS, Cast, make_cast
from tests.conftest import SignIn

ROLES_PAGE = Path(__file__).resolve().parents[2] / "docs" / "roles.md"


def role_of(cast: Cast, name: str) -> str:
    return Membership.objects.get(team=cast.acme, user=cast.person(name)).role


def url(cast: Cast, name: str, action: str = "role", team: str = "acme") -> str:
    return f"/teams/{team}/members/{cast.person(name).pk}/{action}/"


def test_a_role_is_changed_and_the_trail_says_from_what(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    dialog = ann.get(url(cast, "dev")).content.decode()
    assert re.search(r'value="developer"[^>]*checked', dialog)
    response = ann.post(url(cast, "dev"), {"role": "ops"}, follow=True)
    assert "Dev Patel has the role Ops now." in response.content.decode()
    assert role_of(cast, "dev") == Role.OPS
    event = AuditEvent.objects.get(kind="member.role_changed")
    assert (event.object_name, event.details) == ("dev@acme.example", {"before": "developer", "after": "ops"})
    activity = ann.get("/teams/acme/activity/").content.decode()
    assert "changed the role of dev@acme.example from developer to ops" in activity


@pytest.mark.parametrize("role", ["", "owner", "Admin", "developer\x00"])
def test_roles_that_are_none(cast: Cast, sign_in: SignIn, role: str) -> None:
    assert sign_in(cast.ann).post(url(cast, "vic"), {"role": role}).status_code == 422
    assert role_of(cast, "vic") == Role.VIEWER


def test_the_same_role_again_is_no_change(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.ann).post(url(cast, "vic"), {"role": "viewer"})
    assert response.status_code == 422
    assert "has the role Viewer already" in response.content.decode()
    assert not AuditEvent.objects.filter(kind="member.role_changed").exists()


@pytest.mark.parametrize("name", ["dev", "olga", "vic"])
def test_only_admins_change_roles(cast: Cast, sign_in: SignIn, name: str) -> None:
    person = sign_in(cast.person(name))
    assert person.get(url(cast, name)).status_code == 403
    assert person.post(url(cast, name), {"role": "admin"}).status_code == 403
    assert person.post(url(cast, "ann"), {"role": "viewer"}).status_code == 403
    assert (role_of(cast, "ann"), role_of(cast, name)) == (Role.ADMIN, PERSONS_ROLE[name])


PERSONS_ROLE = {"dev": Role.DEVELOPER, "olga": Role.OPS, "vic": Role.VIEWER}


def test_people_of_other_teams_are_nobody_here(cast: Cast, sign_in: SignIn) -> None:
    mallory = sign_in(cast.mallory)
    for action in ("role", "remove"):
        assert mallory.post(url(cast, "vic", action), {"role": "admin"}).status_code == 404
        assert mallory.post(url(cast, "vic", action, "globex"), {"role": "admin"}).status_code == 404
        assert sign_in(cast.ann).get(url(cast, "mallory", action)).status_code == 404
    assert sign_in(cast.ann).get(f"/teams/acme/members/{10**30}/role/").status_code == 404
    assert role_of(cast, "vic") == Role.VIEWER


def test_a_role_lowered_in_one_tab_is_lowered_in_the_other(cast: Cast, sign_in: SignIn) -> None:
    """Ann opened the dialog as admin; meanwhile another admin made her a viewer."""
    services.change_role(team=cast.acme, user=cast.vic, role=Role.ADMIN, actor=BY_TESTS)
    ann, vic = sign_in(cast.ann), sign_in(cast.vic)
    assert ann.get(url(cast, "dev")).status_code == 200
    assert vic.post(url(cast, "ann"), {"role": "viewer"}).status_code == 302
    assert ann.post(url(cast, "dev"), {"role": "viewer"}).status_code == 403
    assert ann.post("/teams/acme/members/invite/", {"email": "a@b.example", "role": "admin"}).status_code == 403
    assert ann.get("/teams/acme/settings/").status_code == 403
    assert role_of(cast, "dev") == Role.DEVELOPER
    assert ann.get("/teams/acme/members/").status_code == 200


def test_somebody_removed_while_signed_in_is_outside_with_the_next_request(cast: Cast, sign_in: SignIn) -> None:
    dev = sign_in(cast.dev)
    assert dev.get("/teams/acme/authorization/").status_code == 200
    services.remove_member(team=cast.acme, user=cast.dev, actor=BY_TESTS)
    assert dev.get("/teams/acme/authorization/").status_code == 404
    assert dev.post("/teams/acme/keys/generate/", {"name": "Mine"}).status_code == 404
    assert dev.get("/", follow=True).status_code == 200


def test_the_last_admin_stays_admin(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    said = "Ann Lee is the last admin of Acme Research. Make somebody else an admin first."
    assert said in ann.post(url(cast, "ann"), {"role": "viewer"}, follow=True).content.decode()
    assert said in ann.post("/teams/acme/members/leave/", follow=True).content.decode()
    with pytest.raises(RefusedChange, match="is the last admin"):
        services.remove_member(team=cast.acme, user=cast.ann, actor=BY_TESTS)
    assert role_of(cast, "ann") == Role.ADMIN


def test_an_admin_who_may_not_sign_in_is_none_to_rely_on(cast: Cast) -> None:
    services.change_role(team=cast.acme, user=cast.vic, role=Role.ADMIN, actor=BY_TESTS)
    cast.vic.is_active = False
    cast.vic.save()
    with pytest.raises(RefusedChange, match="is the last admin"):
        services.change_role(team=cast.acme, user=cast.ann, role=Role.VIEWER, actor=BY_TESTS)
    services.remove_member(team=cast.acme, user=cast.vic, actor=BY_TESTS)


def test_an_admin_steps_down_once_there_is_another(cast: Cast, sign_in: SignIn) -> None:
    services.change_role(team=cast.acme, user=cast.vic, role=Role.ADMIN, actor=BY_TESTS)
    ann = sign_in(cast.ann)
    assert "This is you." in ann.get(url(cast, "ann")).content.decode()
    response = ann.post(url(cast, "ann"), {"role": "viewer"})
    assert (response.status_code, response["Location"]) == (302, "/teams/acme/members/")
    assert role_of(cast, "ann") == Role.VIEWER


def test_admins_who_demote_each_other_at_once_leave_one(committed: None) -> None:
    cast = make_cast()
    people = [cast.ann, cast.dev, cast.vic]
    for person in people[1:]:
        services.change_role(team=cast.acme, user=person, role=Role.ADMIN, actor=BY_TESTS)

    def demote(who: int) -> str:
        try:
            services.change_role(team=cast.acme, user=people[who], role=Role.VIEWER, actor=BY_TESTS)
        except RefusedChange as refused:
            return refused.message
        return "demoted"

    outcomes = at_once([partial(demote, who) for who in range(3)])
    assert outcomes.count("demoted") == 2
    assert Membership.objects.filter(team=cast.acme, role=Role.ADMIN).count() == 1


def test_admins_who_remove_each_other_at_once_leave_one(committed: None) -> None:
    cast = make_cast()
    services.change_role(team=cast.acme, user=cast.vic, role=Role.ADMIN, actor=BY_TESTS)

    def remove(name: str) -> str:
        try:
            services.remove_member(team=cast.acme, user=cast.person(name), actor=BY_TESTS)
        except RefusedChange as refused:
            return refused.message
        return "removed"

    outcomes = at_once([partial(remove, name) for name in ("ann", "vic")])
    assert outcomes.count("removed") == 1
    assert Membership.objects.filter(team=cast.acme, role=Role.ADMIN).count() == 1


def test_the_documented_table_is_the_one_that_is_checked() -> None:
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in ROLES_PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    head, _, *body = rows
    roles = [Role(name.lower()) for name in head[2:]]
    assert set(roles) == set(Role)
    documented = {Permission(row[0]): dict(zip(roles, row[2:], strict=True)) for row in body}
    assert documented == {
        permission: {role: "yes" if permission in PERMISSIONS[role] else "no" for role in roles}
        for permission in Permission
    }
    assert all(row[1] for row in body)
