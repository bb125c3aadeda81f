"""Somebody goes, by themselves or removed by Ann: what becomes of the keys they own, and who decides."""

from typing import Any

import pytest
from django.test import Client

from apikeys.models import ApiKey
from apikeys.ownership import hand_over_keys, named
from apikeys.services import delete_key, disable_key, revoke_key
from console.enforcement.credentials import read_credential
from console.enforcement.gate import gate
from ipsubnets.addresses import parse_address
from teams import services
from teams.errors import RefusedChange
from teams.models import AuditEvent, Group
from teams.permissions import Role
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.conftest import SignIn
from tests.front_door import OFFICE, FrontDoorClient


@pytest.fixture
def quants(cast: Cast) -> Group:
    group = services.create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)
    services.add_to_group(group=group, user=cast.dev, actor=BY_TESTS)
    return group


def remove(client: Client, cast: Cast, name: str = "dev", **fields: str) -> Any:
    return client.post(f"/teams/acme/members/{cast.person(name).pk}/remove/", fields)


def is_member(cast: Cast, name: str = "dev") -> bool:
    return cast.acme.memberships.filter(user=cast.person(name)).exists()


def owner_of(key: ApiKey) -> object:
    key = ApiKey.objects.get(pk=key.pk)
    return key.owner_group or key.owner_user


def test_somebody_without_keys_is_removed_and_loses_their_groups(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    response = remove(sign_in(cast.ann), cast)
    assert response.status_code == 302
    assert not is_member(cast)
    assert not quants.members.exists()
    event = AuditEvent.objects.get(kind="member.removed")
    assert (event.actor_name, event.object_name, event.details["role"]) == ("Ann Lee", "dev@acme.example", "developer")


def test_their_place_in_other_teams_stays(cast: Cast) -> None:
    services.add_member(team=cast.globex, user=cast.dev, role=Role.OPS, actor=BY_TESTS)
    theirs = services.create_group(team=cast.globex, name="Desk", actor=BY_TESTS)
    services.add_to_group(group=theirs, user=cast.dev, actor=BY_TESTS)
    key = make_key(cast.globex, cast.dev).apikey
    services.remove_member(team=cast.acme, user=cast.dev, actor=BY_TESTS)
    assert cast.globex.memberships.filter(user=cast.dev).exists()
    assert theirs.members.get() == cast.dev
    assert owner_of(key) == cast.dev


def test_the_dialog_names_the_keys_and_asks(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    for number in range(1, 8):
        make_key(cast.acme, cast.dev, f"Bot {number}")
    ann = sign_in(cast.ann)
    page = ann.get(f"/teams/acme/members/{cast.dev.pk}/remove/").content.decode()
    assert "Bot 1, Bot 2, Bot 3, Bot 4, Bot 5 and 2 more" in page
    for choice in ("Disable them; they become yours", "Olga Ops", "Quant Research"):
        assert choice in page
    assert f'value="user:{cast.dev.pk}"' not in page
    assert "mallory" not in page.lower()


@pytest.mark.parametrize("heir", ["", "nobody", "user:999999", "group:nothing", "themselves", "foreigner"])
def test_without_a_word_about_the_keys_nobody_goes(cast: Cast, sign_in: SignIn, heir: str) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    heir = {"themselves": f"user:{cast.dev.pk}", "foreigner": f"user:{cast.mallory.pk}"}.get(heir, heir)
    response = remove(sign_in(cast.ann), cast, heir=heir)
    assert response.status_code == 422
    assert is_member(cast)
    assert owner_of(key) == cast.dev


def test_keys_are_handed_to_a_member_and_go_on_working(
    cast: Cast, sign_in: SignIn, front_door: FrontDoorClient
) -> None:
    """The gate tells upstream services the new owner with the very next request."""
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev)
    assert front_door.get("/api/v1/datasets", key=generated.text).status == 200
    remove(sign_in(cast.ann), cast, heir=f"user:{cast.olga.pk}")
    assert not is_member(cast)
    assert owner_of(generated.apikey) == cast.olga
    assert front_door.get("/api/v1/datasets", key=generated.text).status == 200
    event = AuditEvent.objects.get(kind="key.handed_over")
    assert (event.object_id, event.details) == (generated.apikey.pk, {"before": "Dev Patel", "after": "Olga Ops"})


def test_the_gate_names_the_new_owner_at_once(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev)
    credential = read_credential([b"Bearer " + generated.text.encode()], [])

    def owner() -> bytes:
        key = gate().decide(credential, parse_address(OFFICE)).key
        assert key is not None
        return dict(key.forward_auth_headers)[b"x-gatehouse-owner"]

    assert owner() == b"dev@acme.example"
    remove(sign_in(cast.ann), cast, heir="group:quant-research")
    assert owner() == b"group:quant-research"


def test_keys_are_disabled_and_become_the_admin_s(cast: Cast, sign_in: SignIn, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev, sealed=True)
    assert front_door.get("/api/v1/datasets", key=generated.text).status == 200
    remove(sign_in(cast.ann), cast, heir="disable")
    assert owner_of(generated.apikey) == cast.ann
    key = ApiKey.objects.get(pk=generated.apikey.pk)
    assert (key.status, key.disabled_by_name) == ("disabled", "Ann Lee")
    assert key.disabled_reason == "Dev Patel, who owned it, is gone"
    answer = front_door.get("/api/v1/datasets", key=generated.text)
    assert (answer.status, answer.json()["reason"]) == (401, "disabled")


def test_what_had_ended_already_changes_hands_as_it_is(cast: Cast, sign_in: SignIn) -> None:
    live, revoked, disabled, deleted = (
        make_key(cast.acme, cast.dev, name).apikey for name in ("live", "revoked", "disabled", "deleted")
    )
    revoke_key(apikey=revoked, actor=BY_TESTS)
    disable_key(apikey=disabled, reason="leaked", actor=BY_TESTS)
    delete_key(apikey=deleted, actor=BY_TESTS)
    remove(sign_in(cast.ann), cast, heir="disable")
    assert {owner_of(key) for key in (live, revoked, disabled, deleted)} == {cast.ann}
    disabled.refresh_from_db()
    assert (disabled.disabled_reason, disabled.disabled_by_name) == ("leaked", "The tests")
    assert AuditEvent.objects.filter(kind="key.handed_over").count() == 3


def test_keys_of_others_and_of_other_teams_are_left_alone(cast: Cast) -> None:
    services.add_member(team=cast.globex, user=cast.dev, role=Role.OPS, actor=BY_TESTS)
    elsewhere, another = make_key(cast.globex, cast.dev).apikey, make_key(cast.acme, cast.olga).apikey
    hand_over_keys(team=cast.acme, owner=cast.dev, heir=cast.vic, disable=True, actor=BY_TESTS)
    assert (owner_of(elsewhere), owner_of(another)) == (cast.dev, cast.olga)
    assert {elsewhere.status, another.status} == {"active"}


@pytest.mark.parametrize("name", ["mallory", "dev"])
def test_keys_are_handed_to_nobody_outside_and_not_to_their_owner(cast: Cast, name: str) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    with pytest.raises(RefusedChange):
        hand_over_keys(team=cast.acme, owner=cast.dev, heir=cast.person(name), actor=BY_TESTS)
    foreign = services.create_group(team=cast.globex, name="Desk", actor=BY_TESTS)
    with pytest.raises(RefusedChange):
        hand_over_keys(team=cast.acme, owner=cast.dev, heir=foreign, actor=BY_TESTS)
    assert owner_of(key) == cast.dev


def test_no_way_of_removing_somebody_leaves_a_key_behind(cast: Cast) -> None:
    make_key(cast.acme, cast.dev)
    with pytest.raises(RefusedChange, match=r"Dev Patel still owns 1 key\. Say first what becomes of them\."):
        services.remove_member(team=cast.acme, user=cast.dev, actor=BY_TESTS)
    assert is_member(cast)


def test_a_key_generated_while_the_dialog_was_open_is_not_left_behind(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    assert 'name="heir"' not in ann.get(f"/teams/acme/members/{cast.dev.pk}/remove/").content.decode()
    make_key(cast.acme, cast.dev)
    assert remove(ann, cast).status_code == 422
    assert is_member(cast)


def test_if_somebody_cannot_go_their_keys_stay_too(cast: Cast, sign_in: SignIn) -> None:
    """Ann is the last admin: nothing happens by halves."""
    key = make_key(cast.acme, cast.ann).apikey
    with pytest.raises(RefusedChange, match="last admin"):
        services.remove_member(team=cast.acme, user=cast.ann, actor=BY_TESTS)
    services.change_role(team=cast.acme, user=cast.vic, role=Role.ADMIN, actor=BY_TESTS)
    cast.vic.is_active = False
    cast.vic.save()
    sign_in(cast.ann).post("/teams/acme/members/leave/", {"heir": f"user:{cast.vic.pk}"})
    assert owner_of(key) == cast.ann
    assert is_member(cast, "ann")


def test_dev_leaves_and_passes_the_keys_on(cast: Cast, sign_in: SignIn, quants: Group) -> None:
    key = make_key(cast.acme, cast.dev).apikey
    dev = sign_in(cast.dev)
    page = dev.get("/teams/acme/members/leave/").content.decode()
    assert "Disable them; they become Ann Lee’s" in page
    assert "Quant Research" in page
    assert "Olga Ops" not in page
    assert dev.post("/teams/acme/members/leave/").status_code == 422
    assert dev.post("/teams/acme/members/leave/", {"heir": f"user:{cast.olga.pk}"}).status_code == 422
    response = dev.post("/teams/acme/members/leave/", {"heir": "group:quant-research"})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert not is_member(cast)
    assert owner_of(key) == quants
    assert AuditEvent.objects.get(kind="member.left").actor_name == "Dev Patel"
    assert dev.get("/teams/acme/members/").status_code == 404


def test_vic_leaves_and_lands_where_there_is_a_way_on(cast: Cast, sign_in: SignIn) -> None:
    vic = sign_in(cast.vic)
    page = vic.post("/teams/acme/members/leave/", follow=True)
    assert page.status_code == 200
    assert "You have left Acme Research." in page.content.decode()
    assert "You are in no team yet." in page.content.decode()


def test_removing_oneself_is_leaving(cast: Cast, sign_in: SignIn) -> None:
    services.change_role(team=cast.acme, user=cast.vic, role=Role.ADMIN, actor=BY_TESTS)
    response = remove(sign_in(cast.ann), cast, "ann")
    assert (response.status_code, response["Location"]) == (302, "/teams/acme/members/leave/")
    assert is_member(cast, "ann")


@pytest.mark.parametrize("name", ["dev", "olga", "vic"])
def test_only_admins_remove_people(cast: Cast, sign_in: SignIn, name: str) -> None:
    assert remove(sign_in(cast.person(name)), cast, "vic").status_code == 403
    assert is_member(cast, "vic")


def test_in_a_dialog_the_way_out_is_another_page(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.vic).post("/teams/acme/members/leave/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (200, "/")


def test_few_keys_are_named_and_many_are_counted(cast: Cast) -> None:
    keys = ApiKey.objects.filter(team=cast.acme)
    assert named(keys) == "None"
    for number in range(6):
        make_key(cast.acme, cast.dev, f"K{number}")
    assert named(keys) == "K0, K1, K2, K3, K4 and 1 more"
    assert named(keys.exclude(name="K5")) == "K0, K1, K2, K3, K4"
