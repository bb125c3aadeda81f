"""What Ann sets for everybody in Acme, and how a team is suspended and ended."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from apikeys.models import ApiKey, SealedCopy
from apikeys.sealed_copy_rule import allow_sealed_copies, forbid_sealed_copies
from apikeys.services import rotate_key
from teams import audit, services
from teams.errors import RefusedChange
from teams.models import AuditEvent, Group, Invitation, Membership, Team, User
from teams.permissions import Role
from tests.cast import BY_TESTS, PASSWORD, Cast, list_network, make_key
from tests.conftest import SignIn
from tests.front_door import OFFICE, FrontDoorClient

SETTINGS = "/teams/acme/settings/"


def prove_identity(client: Client) -> None:
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def team(cast: Cast) -> Team:
    return Team.objects.get(pk=cast.acme.pk)


def add_second_factor(person: User) -> None:
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})


# The name and the longest lifetime


def test_name_and_longest_lifetime_are_changed(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    response = ann.post(SETTINGS, {"name": "Acme Labs", "max_key_lifetime_days": 30}, follow=True)
    assert "The team&#x27;s settings are saved." in response.content.decode()
    assert (team(cast).name, team(cast).max_key_lifetime_days) == ("Acme Labs", 30)


@pytest.mark.parametrize(("name", "days"), [("", "30"), ("Acme\u202e", "30"), ("Acme", "0"), ("Acme", "x"), ("A", "")])
def test_settings_that_cannot_be(cast: Cast, sign_in: SignIn, name: str, days: str) -> None:
    response = sign_in(cast.ann).post(SETTINGS, {"name": name, "max_key_lifetime_days": days})
    assert response.status_code == 422
    assert team(cast).name == "Acme Research"


ACTIONS = (
    "",
    "allow-sealed-copies/",
    "forbid-sealed-copies/",
    "require-second-factor/",
    "stop-requiring-second-factor/",
    "delete/",
)


@pytest.mark.parametrize("name", ["dev", "olga", "vic"])
@pytest.mark.parametrize("action", ACTIONS)
def test_only_admins_get_to_the_settings(cast: Cast, sign_in: SignIn, name: str, action: str) -> None:
    person = sign_in(cast.person(name))
    prove_identity(person)
    assert person.get(SETTINGS + action).status_code == 403
    assert person.post(SETTINGS + action, {"slug": "acme", "grace": "0", "name": "x"}).status_code == 403
    assert sign_in(cast.mallory).post(SETTINGS + action, {"slug": "acme"}).status_code == 404
    unchanged = team(cast)
    assert (unchanged.name, unchanged.second_factor_required_from) == ("Acme Research", None)


# Sealed copies


def test_forbidding_sealed_copies_destroys_those_there_are(cast: Cast, sign_in: SignIn) -> None:
    sealed = make_key(cast.acme, cast.dev, "sealed", sealed=True).apikey
    elsewhere = make_key(cast.globex, cast.mallory, sealed=True).apikey
    ann = sign_in(cast.ann)
    dialog = ann.get(f"{SETTINGS}forbid-sealed-copies/").content.decode()
    assert "Destroy and forbid" in dialog
    assert SealedCopy.objects.count() == 2
    response = ann.post(f"{SETTINGS}forbid-sealed-copies/", follow=True)
    assert "Sealed copies are forbidden now; 1 destroyed." in response.content.decode()
    assert not team(cast).sealed_copies_allowed
    assert [copy.key_id for copy in SealedCopy.objects.all()] == [elsewhere.pk]
    event = AuditEvent.objects.get(kind="sealed_copies.forbidden")
    assert (event.actor_name, event.details) == ("Ann Lee", {"destroyed": 1})
    sealed.refresh_from_db()
    assert sealed.status == "active"


def test_where_they_are_forbidden_none_is_made(cast: Cast, sign_in: SignIn) -> None:
    key = make_key(cast.acme, cast.dev, sealed=True).apikey
    forbid_sealed_copies(team=cast.acme, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="does not allow sealed copies"):
        make_key(cast.acme, cast.dev, "another", sealed=True)
    rotate_key(apikey=key, expires_at=timezone.now() + timedelta(days=7), actor=BY_TESTS)
    assert not SealedCopy.objects.exists()
    assert "keep_sealed_copy" not in sign_in(cast.ann).get("/teams/acme/keys/generate/").content.decode()


def test_allowing_them_again_brings_none_back(cast: Cast, sign_in: SignIn) -> None:
    make_key(cast.acme, cast.dev, sealed=True)
    forbid_sealed_copies(team=cast.acme, actor=BY_TESTS)
    ann = sign_in(cast.ann)
    assert ann.post(f"{SETTINGS}allow-sealed-copies/").status_code == 302
    assert team(cast).sealed_copies_allowed
    assert not SealedCopy.objects.exists()
    with pytest.raises(RefusedChange, match="allowed already"):
        allow_sealed_copies(team=cast.acme, actor=BY_TESTS)
    forbid_sealed_copies(team=cast.acme, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="forbidden already"):
        forbid_sealed_copies(team=cast.acme, actor=BY_TESTS)


# A second factor


def test_a_second_factor_is_required_after_a_grace(cast: Cast, sign_in: SignIn) -> None:
    add_second_factor(cast.vic)
    ann, dev, vic = sign_in(cast.ann), sign_in(cast.dev), sign_in(cast.vic)
    dialog = ann.get(f"{SETTINGS}require-second-factor/").content.decode()
    assert "Ann Lee, Dev Patel, Olga Ops" in dialog
    assert "You have none yourself" in dialog
    assert ann.post(f"{SETTINGS}require-second-factor/", {"grace": "7"}).status_code == 302
    page = dev.get("/teams/acme/authorization/")
    assert page.status_code == 200
    assert "Acme Research asks for a second factor." in page.content.decode()
    assert "asks for a second factor" not in vic.get("/teams/acme/authorization/").content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        dev, vic = sign_in(cast.dev), sign_in(cast.vic)
        response = dev.get("/teams/acme/authorization/")
        assert (response.status_code, response["Location"]) == (302, "/settings/security/")
        assert "Add one here to get to its pages" in dev.get(response["Location"]).content.decode()
        assert dev.post("/teams/acme/keys/generate/", {"name": "Mine"}).status_code == 302
        assert not ApiKey.objects.exists()
        dialog_response = dev.get("/teams/acme/keys/generate/", headers={"HX-Request": "true"})
        assert dialog_response["HX-Redirect"] == "/settings/security/"
        assert vic.get("/teams/acme/authorization/").status_code == 200
        add_second_factor(cast.dev)
        assert dev.get("/teams/acme/authorization/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(cast: Cast, sign_in: SignIn) -> None:
    Authenticator.objects.create(user=cast.dev, type=Authenticator.Type.RECOVERY_CODES, data={})
    services.require_second_factor(team=cast.acme, grace=timedelta(0), actor=BY_TESTS)
    assert sign_in(cast.dev).get("/teams/acme/authorization/").status_code == 302


def test_it_is_asked_for_in_that_team_only(cast: Cast, sign_in: SignIn) -> None:
    services.add_member(team=cast.globex, user=cast.dev, role=Role.OPS, actor=BY_TESTS)
    services.require_second_factor(team=cast.acme, grace=timedelta(0), actor=BY_TESTS)
    dev = sign_in(cast.dev)
    assert dev.get("/teams/globex/authorization/").status_code == 200
    assert dev.get("/teams/acme/authorization/").status_code == 302
    assert sign_in(cast.mallory).get("/teams/acme/authorization/").status_code == 404


def test_the_list_shows_who_has_none(cast: Cast, sign_in: SignIn) -> None:
    add_second_factor(cast.ann)
    services.require_second_factor(team=cast.acme, grace=timedelta(days=7), actor=BY_TESTS)
    rows = sign_in(cast.ann).get("/teams/acme/members/").context["members"].rows
    assert [str(row.user) for row in rows if row.lacks_second_factor] == ["Dev Patel", "Olga Ops", "Vic Viewer"]
    assert "No second factor" not in sign_in(cast.olga).get("/teams/acme/members/").content.decode()


def test_keys_go_on_working(cast: Cast, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, OFFICE)
    key = make_key(cast.acme, cast.dev).text
    services.require_second_factor(team=cast.acme, grace=timedelta(0), actor=BY_TESTS)
    assert front_door.get("/api/v1/datasets", key=key).status == 200


@pytest.mark.parametrize("grace", ["-1", "91", "x", ""])
def test_graces_that_cannot_be(cast: Cast, sign_in: SignIn, grace: str) -> None:
    assert sign_in(cast.ann).post(f"{SETTINGS}require-second-factor/", {"grace": grace}).status_code == 422
    with pytest.raises(RefusedChange, match="0 to 90 days"):
        services.require_second_factor(team=cast.acme, grace=timedelta(days=91), actor=BY_TESTS)
    assert team(cast).second_factor_required_from is None


def test_not_requiring_it_any_more_asks_who_you_are(cast: Cast, sign_in: SignIn) -> None:
    services.require_second_factor(team=cast.acme, grace=timedelta(days=7), actor=BY_TESTS)
    ann = sign_in(cast.ann)
    url = f"{SETTINGS}stop-requiring-second-factor/"
    assert ann.post(url)["Location"].startswith("/accounts/reauthenticate/?next=")
    assert team(cast).second_factor_required_from is not None
    prove_identity(ann)
    assert ann.post(url).status_code == 302
    assert team(cast).second_factor_required_from is None
    assert "requires no second factor" in ann.post(url, headers={"HX-Request": "true"})["HX-Trigger"]


# Suspending


def test_a_suspended_team_is_refused_everywhere_and_resumed(cast: Cast, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, OFFICE)
    key = make_key(cast.acme, cast.dev).text
    assert front_door.get("/api/v1/datasets", key=key).status == 200
    services.suspend_team(team=cast.acme, reason="unpaid\x1b[2J", actor=BY_TESTS)
    answer = front_door.get("/api/v1/datasets", key=key)
    assert (answer.status, answer.json()["reason"]) == (401, "team_suspended")
    assert AuditEvent.objects.get(kind="team.suspended").details == {"reason": "unpaid[2J"}
    with pytest.raises(RefusedChange, match="is suspended already"):
        services.suspend_team(team=cast.acme, actor=BY_TESTS)
    services.resume_team(team=cast.acme, actor=BY_TESTS)
    assert front_door.get("/api/v1/datasets", key=key).status == 200
    with pytest.raises(RefusedChange, match="is not suspended"):
        services.resume_team(team=cast.acme, actor=BY_TESTS)


# The end


@pytest.fixture
def full_team(cast: Cast) -> dict[str, Any]:
    group = services.create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    services.add_to_group(group=group, user=cast.dev, actor=BY_TESTS)
    list_network(cast.acme, OFFICE)
    services.invite(team=cast.acme, email="nora@acme.example", role=Role.OPS, actor=BY_TESTS)
    old = make_key(cast.acme, group, "Nightly", sealed=True)
    rotate_key(apikey=old.apikey, expires_at=timezone.now() + timedelta(days=7), actor=BY_TESTS)
    return {"key": make_key(cast.acme, cast.dev).text, "theirs": make_key(cast.globex, cast.mallory).text}


@pytest.mark.usefixtures("full_team")
def test_deleting_a_team_asks_who_you_are_first(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    for response in (ann.get(f"{SETTINGS}delete/"), ann.post(f"{SETTINGS}delete/", {"slug": "acme"})):
        assert response["Location"] == "/accounts/reauthenticate/?next=%2Fteams%2Facme%2Fsettings%2Fdelete%2F"
    dialog = ann.get(f"{SETTINGS}delete/", headers={"HX-Request": "true"})
    assert dialog["HX-Redirect"].startswith("/accounts/reauthenticate/")
    assert Team.objects.filter(slug="acme").exists()


@pytest.mark.parametrize("typed", ["", "Acme", "globex", "acme-"])
def test_the_slug_has_to_be_typed(cast: Cast, sign_in: SignIn, typed: str) -> None:
    ann = sign_in(cast.ann)
    prove_identity(ann)
    assert "Type the team" in ann.get(f"{SETTINGS}delete/").content.decode()
    response = ann.post(f"{SETTINGS}delete/", {"slug": typed})
    assert response.status_code == 422
    assert "Nothing was deleted." in response.content.decode()
    assert Team.objects.filter(slug="acme").exists()


def test_a_deleted_team_is_gone_its_keys_at_once_and_its_trail_stays(
    cast: Cast, sign_in: SignIn, full_team: dict[str, Any], front_door: FrontDoorClient
) -> None:
    list_network(cast.globex, OFFICE)
    assert front_door.get("/api/v1/datasets", key=full_team["key"]).status == 200
    ann, dev = sign_in(cast.ann), sign_in(cast.dev)
    prove_identity(ann)
    response = ann.post(f"{SETTINGS}delete/", {"slug": " acme "}, follow=True)
    assert "Deleted the team Acme Research." in response.content.decode()
    answer = front_door.get("/api/v1/datasets", key=full_team["key"])
    assert (answer.status, answer.json()["code"]) == (401, "invalid_api_key")
    assert front_door.get("/api/v1/datasets", key=full_team["theirs"]).status == 200
    assert dev.get("/teams/acme/authorization/").status_code == 404
    assert not ApiKey.objects.filter(team_id=cast.acme.pk).exists()
    for model in (Membership, Group, Invitation):
        assert not model.objects.filter(team_id=cast.acme.pk).exists()
    assert User.objects.filter(email="dev@acme.example").exists()
    assert list(audit.verify()) == []
    last = AuditEvent.objects.filter(team_id=cast.acme.pk)[0]
    assert (last.kind, last.actor_name, last.object_name) == ("team.deleted", "Ann Lee", "Acme Research")
    assert "dev@acme.example" in last.details["members"]
    assert AuditEvent.objects.filter(team_id=cast.acme.pk, kind="key.generated").exists()


@pytest.mark.usefixtures("full_team")
def test_a_new_team_of_the_same_slug_shares_nothing_with_the_old_one(cast: Cast, sign_in: SignIn) -> None:
    services.delete_team(team=cast.acme, actor=BY_TESTS)
    successor = services.create_team(name="Acme Again", slug="acme", actor=BY_TESTS)
    assert successor.pk != cast.acme.pk
    assert sign_in(cast.dev).get("/teams/acme/authorization/").status_code == 404
    services.add_member(team=successor, user=cast.mallory, role=Role.ADMIN, actor=BY_TESTS)
    assert "Nightly" not in sign_in(cast.mallory).get("/teams/acme/activity/").content.decode()


def test_what_somebody_else_has_just_deleted_is_said_to_be(cast: Cast) -> None:
    services.delete_team(team=cast.acme, actor=BY_TESTS)
    for change in (
        lambda: services.delete_team(team=cast.acme, actor=BY_TESTS),
        lambda: services.suspend_team(team=cast.acme, actor=BY_TESTS),
        lambda: services.invite(team=cast.acme, email="a@b.example", role=Role.OPS, actor=BY_TESTS),
        lambda: services.change_role(team=cast.acme, user=cast.vic, role=Role.OPS, actor=BY_TESTS),
    ):
        with pytest.raises(RefusedChange, match="The team Acme Research has been deleted"):
            change()
