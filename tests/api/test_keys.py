"""A program does to keys what an admin does: it generates, changes, rotates and ends them, and the trail names it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apikeys.models import ApiKey
from teams.models import AuditEvent
from teams.services import create_group
from tests.api.calling import Program, errors_of, last_event, lets_through, problem, program
from tests.cast import BY_TESTS, Cast, changes, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient


@pytest.fixture
def bot(front_door: FrontDoorClient, cast: Cast) -> Program:
    return program(front_door, cast)


def create(bot: Program, **members: Any) -> dict[str, Any]:
    answer = bot.call("POST", "keys", {"name": "Nightly", **members})
    assert answer.status == 201, answer.body
    return answer.json()


def test_generating_a_key(bot: Program, cast: Cast, front_door: FrontDoorClient) -> None:
    """With what is usual; and the key is shown this once."""
    answer = bot.call("POST", "keys", {"name": "  Nightly   import "})
    document = answer.json()
    assert answer.status == 201
    assert document["name"] == "Nightly import"
    assert document["owner"] == {"member": "dev@acme.example"}, "the owner of the key that asks"
    assert (document["scopes"], document["rate_limit"], document["networks"]) == (["datasets:read"], None, None)
    made = ApiKey.objects.get(pk=document["id"])
    assert timedelta(days=89) < made.expires_at - timezone.now() < timedelta(days=91)
    assert answer.headers["location"].endswith(f"/api/v1/keys/{made.pk}")
    assert lets_through(front_door, document["key"])
    again = bot.get(f"keys/{made.pk}")
    assert again.headers["etag"] == answer.headers["etag"]
    assert again.json() == {name: value for name, value in document.items() if name != "key"}


def test_the_trail_names_the_key_that_asked(bot: Program) -> None:
    made = create(bot)
    event = last_event()
    assert (event.kind, event.object_id, event.via) == ("key.generated", made["id"], "api")
    assert event.actor_name == f"API key Rotation-Bot ({bot.key_id})"
    assert (event.actor_id, event.actor_address) == (None, OFFICE)
    assert event.request_id
    assert made["key"] not in str(event.details)
    listed = bot.get(f"audit?actor={bot.key_id}").json()["events"]
    assert [each["object_id"] for each in listed] == [made["id"]]


def test_generating_with_everything_said(bot: Program, cast: Cast) -> None:
    create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    office = cast.acme.subnets.get().pk
    document = create(
        bot,
        expires_in="12h",
        owner={"group": "quants"},
        scopes=["subnets:read", "datasets:read:us-equity-taq"],
        rate_limit=60,
        networks=[office],
    )
    assert document["owner"] == {"group": "quants"}
    assert document["scopes"] == ["datasets:read:us-equity-taq", "subnets:read"]
    assert (document["rate_limit"], document["networks"]) == (60, [office])
    until = (timezone.now() + timedelta(days=3)).isoformat()
    assert create(bot, name="Other", expires_at=until, owner={"member": "Ann@acme.example"})["owner_name"] == "Ann Lee"


def test_each_field_that_cannot_be_meant_is_named(bot: Program, cast: Cast) -> None:
    create(bot, name="Taken")
    globex_group = create_group(team=cast.globex, name="Others", actor=BY_TESTS)
    foreign = list_network(cast.globex, "192.0.2.0/24").pk
    later, before = timezone.now() + timedelta(days=400), timezone.now() - timedelta(days=1)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "name"),
        ({"name": "taken"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"expires_in": "90"}, "expires_in"),
        ({"expires_in": "0d"}, "expires_in"),
        ({"expires_in": "99999999d"}, "expires_in"),
        ({"expires_in": "400d"}, "expires_at"),
        ({"expires_in": "1d", "expires_at": later.isoformat()}, "expires_in"),
        ({"expires_at": later.isoformat()}, "expires_at"),
        ({"expires_at": before.isoformat()}, "expires_at"),
        ({"expires_at": "2027-03-01T10:00:00"}, "expires_at"),
        ({"expires_at": "2027-02-30T10:00:00Z"}, "expires_at"),
        ({"expires_at": 1900000000}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-01:00"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+01:00"}, "expires_at"),
        ({"expires_at": None}, "expires_at"),
        ({"owner": {"member": "mallory@globex.example"}}, "owner.member"),
        ({"owner": {"group": globex_group.slug}}, "owner.group"),
        ({"owner": {"member": "dev@acme.example", "group": "quants"}}, "owner.group"),
        ({"owner": "dev@acme.example"}, "owner"),
        ({"owner": {}}, "owner.member"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["keys:admin"]}, "scopes.0"),
        ({"scopes": "datasets:read"}, "scopes"),
        ({"rate_limit": 0}, "rate_limit"),
        ({"rate_limit": "60"}, "rate_limit"),
        ({"rate_limit": True}, "rate_limit"),
        ({"rate_limit": 10**20}, "rate_limit"),
        ({"networks": []}, "networks"),
        ({"networks": [foreign]}, "networks"),
        ({"networks": ["nonsense"]}, "networks.0"),
        ({"key": "mine"}, "key"),
        ({"x" * 50: 1}, "…"),
    ]
    before_all = ApiKey.objects.count()
    for members, field in wrong:
        errors = errors_of(bot.call("POST", "keys", {"name": "Nightly"} | members))
        assert field in errors, (members, errors)
        assert errors[field].endswith((".", "?")), errors
    assert ApiKey.objects.count() == before_all


def test_changing_a_key(bot: Program, cast: Cast, front_door: FrontDoorClient) -> None:
    made = create(bot)
    answer = bot.call("PATCH", f"keys/{made['id']}", {"name": "Weekly", "rate_limit": 1}, if_match="*")
    document = answer.json()
    assert (answer.status, document["name"], document["rate_limit"]) == (200, "Weekly", 1)
    assert lets_through(front_door, made["key"])
    assert front_door.get("/api/v1/datasets", key=made["key"]).status == 429, "the gate knows of the limit at once"
    office = cast.acme.subnets.get().pk
    document = bot.call("PATCH", f"keys/{made['id']}", {"networks": [office], "rate_limit": None}, if_match="*").json()
    assert (document["networks"], document["rate_limit"]) == ([office], None)
    kinds = AuditEvent.objects.filter(object_id=made["id"]).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["key.generated", "key.renamed", "key.limited", "key.bound", "key.limited"]


def test_handing_a_key_over(bot: Program, cast: Cast) -> None:
    create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    path = f"keys/{create(bot)['id']}"
    for owner in ({"group": "quants"}, {"member": "ann@acme.example"}, {"member": "ann@acme.example"}):
        assert bot.call("PATCH", path, {"owner": owner}, if_match="*").json()["owner"] == owner
    trail = AuditEvent.objects.filter(object_id=path.removeprefix("keys/"), kind="key.handed_over")
    assert trail.count() == 2
    outsider = bot.call("PATCH", path, {"owner": {"member": "mallory@globex.example"}}, if_match="*")
    assert "owner.member" in errors_of(outsider)


def test_a_change_is_made_whole_or_not_at_all(bot: Program) -> None:
    create(bot, name="Taken")
    made = create(bot)
    trail = AuditEvent.objects.filter(object_id=made["id"]).count()
    answer = bot.call("PATCH", f"keys/{made['id']}", {"name": "Taken", "rate_limit": 9, "networks": None}, if_match="*")
    assert "name" in errors_of(answer)
    answer = bot.call("PATCH", f"keys/{made['id']}", {"name": "Free", "rate_limit": 2_000_000}, if_match="*")
    assert "rate_limit" in errors_of(answer)
    document = bot.get(f"keys/{made['id']}").json()
    assert (document["name"], document["rate_limit"]) == ("Nightly", None)
    assert AuditEvent.objects.filter(object_id=made["id"]).count() == trail


def test_what_is_so_already_is_no_change(bot: Program) -> None:
    made = create(bot)
    trail = changes()
    same = {"name": "Nightly", "rate_limit": None, "networks": None}
    assert bot.call("PATCH", f"keys/{made['id']}", same, if_match="*").status == 200
    assert changes() == trail
    assert "body" in errors_of(bot.call("PATCH", f"keys/{made['id']}", {}, if_match="*"))


def test_rotation_until_the_old_key_is_gone(bot: Program, front_door: FrontDoorClient) -> None:
    """What a developer's script does, with nothing but the key that it replaces."""
    answer = bot.call("POST", f"keys/{bot.key_id}/rotate", {"expires_in": "30d", "reason": "Monthly"})
    successor = answer.json()
    assert answer.status == 201
    assert (successor["name"], successor["predecessor"]) == ("Rotation-Bot", bot.key_id)
    assert lets_through(front_door, bot.generated.text)
    headers: list[tuple[str | bytes, str | bytes]] = [("content-type", "application/json")]
    revoked = front_door.request(
        "POST",
        f"/api/v1/keys/{bot.key_id}/revoke",
        key=successor["key"],
        headers=headers,
        body=b'{"reason": "Rotated"}',
    )
    assert (revoked.status, revoked.json()["status"]) == (200, "revoked")
    assert revoked.json()["revoked"]["by"] == f"API key Rotation-Bot ({successor['id']})"
    assert problem(bot.get("keys"), 401, "invalid_api_key")["reason"] == "revoked"
    assert lets_through(front_door, successor["key"])


def test_the_old_key_retires_by_itself(bot: Program, front_door: FrontDoorClient) -> None:
    made = create(bot)
    assert bot.call("POST", f"keys/{made['id']}/rotate", {"retire_in": "24h"}).status == 201
    planned = bot.get(f"keys/{made['id']}").json()
    assert (planned["status"], planned["revoked"]) == ("active", None)
    assert planned["retires_at"]
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=False):
        retired = bot.get(f"keys/{made['id']}").json()
        assert (retired["status"], retired["revoked"]["by"]) == ("revoked", "Gatehouse")
        assert not lets_through(front_door, made["key"])
    for wrong, field in [
        ({"retire_in": "365d"}, "retire_in"),
        ({"retire_in": "soon"}, "retire_in"),
        ({"retire_when_quiet_for": "6h"}, "retire_when_quiet_for"),
    ]:
        assert field in errors_of(bot.call("POST", f"keys/{bot.key_id}/rotate", wrong)), wrong


def test_a_key_is_rotated_once(bot: Program) -> None:
    made = create(bot)
    assert bot.call("POST", f"keys/{made['id']}/rotate").status == 201
    problem(bot.call("POST", f"keys/{made['id']}/rotate"), 409, "conflict")
    bot.call("POST", f"keys/{made['id']}/revoke")
    problem(bot.call("POST", f"keys/{made['id']}/rotate"), 409, "conflict")


def test_disabling_and_enabling(bot: Program, front_door: FrontDoorClient) -> None:
    made = create(bot)
    document = bot.call("POST", f"keys/{made['id']}/disable", {"reason": "Under review"}).json()
    assert (document["status"], document["disabled"]["reason"]) == ("disabled", "Under review")
    assert not lets_through(front_door, made["key"])
    problem(bot.call("POST", f"keys/{made['id']}/disable"), 409, "conflict")
    assert bot.call("POST", f"keys/{made['id']}/enable").json()["status"] == "active"
    assert lets_through(front_door, made["key"])
    problem(
        bot.call("POST", f"keys/{made['id']}/enable", raw=b"null", content_type="application/json"), 409, "conflict"
    )


def test_deleting(bot: Program, front_door: FrontDoorClient) -> None:
    made = create(bot)
    answer = bot.call("DELETE", f"keys/{made['id']}")
    assert (answer.status, answer.body) == (204, b"")
    assert not lets_through(front_door, made["key"])
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/revoke"), ("POST", "/enable"), ("POST", "/rotate")]:
        problem(bot.call(method, f"keys/{made['id']}{path}"), 404, "not_found")


def test_a_key_may_end_itself(bot: Program, front_door: FrontDoorClient) -> None:
    assert bot.call("DELETE", f"keys/{bot.key_id}").status == 204
    assert problem(bot.get("keys"), 401, "invalid_api_key")["reason"] == "revoked"


def test_nothing_of_another_team_can_be_changed(bot: Program, cast: Cast) -> None:
    foreign = make_key(cast.globex, cast.mallory).apikey
    trail = AuditEvent.objects.count()
    for method, path, content in [
        ("PATCH", "", {"name": "Mine now"}),
        ("POST", "/rotate", {}),
        ("POST", "/disable", {}),
        ("POST", "/enable", {}),
        ("POST", "/revoke", {}),
        ("DELETE", "", None),
    ]:
        problem(bot.call(method, f"keys/{foreign.pk}{path}", content, if_match="*"), 404, "not_found")
    assert AuditEvent.objects.count() == trail
    assert ApiKey.objects.get(pk=foreign.pk).status == "active"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "keys"),
        ("PATCH", "keys/{}"),
        ("DELETE", "keys/{}"),
        ("POST", "keys/{}/rotate"),
        ("POST", "keys/{}/disable"),
        ("POST", "keys/{}/enable"),
        ("POST", "keys/{}/revoke"),
    ],
)
def test_changes_need_the_scope(front_door: FrontDoorClient, cast: Cast, method: str, path: str) -> None:
    reader = program(front_door, cast, "keys:read", "datasets:read", "subnets:write", "audit:read")
    answer = reader.call(method, path.format(reader.key_id), {}, if_match="*")
    assert problem(answer, 403, "insufficient_scope")["scope"] == "keys:write"
    assert reader.apikey.status == "active"
    assert reader.call("GET", "keys").status == 200
