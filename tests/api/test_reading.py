"""A program looks at what its team has: keys, networks, people, and what was done."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apikeys import services
from apikeys.models import ApiKey
from console.middleware import OPEN_TO_ALL
from ipsubnets import trials
from teams.services import add_to_group, create_group
from tests.api.calling import Program, errors_of, problem, program
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient


@pytest.fixture
def bot(front_door: FrontDoorClient, cast: Cast) -> Program:
    return program(front_door, cast)


def names(bot: Program, path: str, what: str = "keys") -> list[str]:
    return [each["name"] for each in bot.get(path).json()[what]]


def test_the_list_of_keys(bot: Program, cast: Cast) -> None:
    quants = create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    make_key(cast.acme, quants, "Of-the-Quants")
    services.delete_key(apikey=make_key(cast.acme, cast.dev, "Deleted").apikey, actor=BY_TESTS)
    make_key(cast.globex, cast.mallory, "Not-Acmes")
    answer = bot.get("keys")
    assert answer.headers["content-type"] == "application/json"
    listed = answer.json()
    assert [key["name"] for key in listed["keys"]] == ["Of-the-Quants", "Rotation-Bot"]
    assert listed["next_cursor"] is None
    first, second = listed["keys"]
    assert (first["owner"], first["owner_name"]) == ({"group": "quants"}, "Quants")
    assert second["owner"] == {"member": "dev@acme.example"}
    assert "key" not in second
    assert bot.generated.text.encode() not in answer.body


def test_one_key_and_what_became_of_it(bot: Program, cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev, "Nightly", days=10).apikey
    assert bot.get(f"keys/{apikey.pk}").json()["status"] == "expiring"
    services.disable_key(apikey=apikey, reason="Security audit", actor=BY_TESTS)
    answer = bot.get(f"keys/{apikey.pk}")
    document = answer.json()
    assert document["status"] == "disabled"
    assert (document["disabled"]["by"], document["disabled"]["reason"]) == ("The tests", "Security audit")
    assert document["revoked"] is None
    assert answer.headers["etag"].startswith('"')


def test_keys_by_status_and_name(bot: Program, cast: Cast) -> None:
    made = {name: make_key(cast.acme, cast.dev, name, days=100).apikey for name in ("Old", "Off", "Gone", "Soon")}
    ApiKey.objects.filter(pk=made["Old"].pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    ApiKey.objects.filter(pk=made["Soon"].pk).update(expires_at=timezone.now() + timedelta(days=1))
    services.disable_key(apikey=made["Off"], reason="", actor=BY_TESTS)
    services.revoke_key(apikey=made["Gone"], actor=BY_TESTS)
    for status, name in {
        "active": "Rotation-Bot",
        "expired": "Old",
        "disabled": "Off",
        "revoked": "Gone",
        "expiring": "Soon",
    }.items():
        assert names(bot, f"keys?status={status}") == [name]
        assert {key["status"] for key in bot.get(f"keys?status={status}").json()["keys"]} == {status}
    assert names(bot, "keys?name=OFF") == ["Off"]
    assert names(bot, "keys?name=%25") == []


@pytest.mark.parametrize("page", ["keys", "subnets", "members", "groups", "audit"])
def test_a_parameter_that_cannot_be_meant_is_named(bot: Program, page: str) -> None:
    for query, parameter in {
        "limit=0": "limit",
        "limit=201": "limit",
        "limit=many": "limit",
        "limit=1&limit=2": "limit",
        "cursor=": "cursor",
        "cursor=bm90LW91cnM": "cursor",
        "cursor=%C3%A4": "cursor",
        "cursor=%00": "cursor",
        "page=2": "page",
    }.items():
        assert parameter in errors_of(bot.get(f"{page}?{query}"), code="invalid_parameter"), query


def test_texts_that_no_database_takes(bot: Program) -> None:
    assert "NUL" in errors_of(bot.get("keys?name=a%00b"), code="invalid_parameter")["name"]
    assert bot.get("keys?name=%ED%A0%80").json()["keys"] == []
    assert "address" in errors_of(bot.get("subnets?address=198.51.100.300"), code="invalid_parameter")
    assert "since" in errors_of(bot.get("audit?since=2027-03-01T10:00:00"), code="invalid_parameter")


def test_pages_while_keys_are_added_and_taken_away(bot: Program, cast: Cast) -> None:
    made = [make_key(cast.acme, cast.dev, f"Key-{number}").apikey for number in range(7)]
    first = bot.get("keys?limit=3").json()
    seen = [key["name"] for key in first["keys"]]
    assert seen == ["Key-6", "Key-5", "Key-4"]
    make_key(cast.acme, cast.dev, "Added-meanwhile")
    services.delete_key(apikey=made[4], actor=BY_TESTS)
    services.delete_key(apikey=made[2], actor=BY_TESTS)
    cursor = first["next_cursor"]
    while cursor:
        page = bot.get(f"keys?limit=3&cursor={cursor}").json()
        seen += [key["name"] for key in page["keys"]]
        cursor = page["next_cursor"]
    assert seen == ["Key-6", "Key-5", "Key-4", "Key-3", "Key-1", "Key-0", "Rotation-Bot"]


def test_keys_made_in_the_same_microsecond(bot: Program, cast: Cast) -> None:
    for number in range(5):
        make_key(cast.acme, cast.dev, f"Key-{number}")
    ApiKey.objects.update(created_at=timezone.now())
    cursor: str | None = ""
    seen: list[str] = []
    while cursor is not None:
        page = bot.get(f"keys?limit=1{cursor and f'&cursor={cursor}'}").json()
        seen += [key["id"] for key in page["keys"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 6


def test_a_cursor_is_good_for_its_own_query_and_team(bot: Program, cast: Cast, front_door: FrontDoorClient) -> None:
    make_key(cast.acme, cast.dev, "Another")
    cursor = bot.get("keys?limit=1").json()["next_cursor"]
    list_network(cast.globex, OFFICE)
    mallorys = Program(front_door, make_key(cast.globex, cast.mallory, scopes=["keys:read"]))
    forged = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for other in (
        bot.get(f"keys?limit=1&name=A&cursor={cursor}"),
        bot.get(f"members?limit=1&cursor={cursor}"),
        bot.get(f"keys?cursor={cursor[:-2]}"),
        bot.get(f"keys?cursor={forged}x"),
        mallorys.get(f"keys?cursor={cursor}"),
    ):
        assert "cursor" in errors_of(other, code="invalid_parameter")


def test_networks(bot: Program, cast: Cast) -> None:
    list_network(cast.acme, "2001:db8::/32", "VPN", hours=8)
    trials.try_removal(subnet=list_network(cast.acme, "203.0.113.0/24"), within=timedelta(minutes=5), actor=BY_TESTS)
    list_network(cast.globex, "192.0.2.0/24")
    tried, vpn, office = bot.get("subnets").json()["subnets"]
    assert (office["network"], office["label"], office["status"]) == (f"{OFFICE}/32", "Office", "active")
    assert (vpn["status"], vpn["on_trial_until"]) == ("ending", None)
    assert (tried["status"], tried["on_trial_until"] is None) == ("ended", False)
    covering = bot.get("subnets?address=2001:DB8::1").json()["subnets"]
    assert [subnet["id"] for subnet in covering] == [vpn["id"]]
    assert bot.get(f"subnets/{vpn['id']}").json() == vpn


def test_people(bot: Program, cast: Cast) -> None:
    quants = create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    add_to_group(group=quants, user=cast.vic, actor=BY_TESTS)
    members = bot.get("members").json()["members"]
    assert [(person["email"], person["role"], person["groups"]) for person in members] == [
        ("ann@acme.example", "admin", []),
        ("dev@acme.example", "developer", []),
        ("olga@acme.example", "ops", []),
        ("vic@acme.example", "viewer", ["quants"]),
    ]
    (group,) = bot.get("groups").json()["groups"]
    assert (group["slug"], group["name"], group["members"]) == ("quants", "Quants", ["vic@acme.example"])


def test_the_activity_log(bot: Program, cast: Cast) -> None:
    nightly = make_key(cast.acme, cast.dev, "Nightly").apikey
    between = timezone.now()
    services.revoke_key(apikey=nightly, reason="Leaked", actor=BY_TESTS)
    make_key(cast.globex, cast.mallory, "Not-Acmes")
    newest = bot.get("audit?limit=1").json()["events"][0]
    assert (newest["kind"], newest["object_id"], newest["details"]["reason"]) == ("key.revoked", nightly.pk, "Leaked")
    assert newest["sentence"].startswith("The tests revoked")

    def kinds(query: str) -> list[str]:
        return [event["kind"] for event in bot.get(f"audit?{query}").json()["events"]]

    assert kinds(f"object={nightly.pk}") == ["key.revoked", "key.generated"]
    assert kinds(f"object={nightly.pk}&kind=key.generated") == ["key.generated"]
    assert set(kinds("kind=subnet")) == {"subnet.created"}
    since = between.isoformat().replace("+00:00", "Z")
    assert kinds(f"since={since}") == ["key.revoked"]
    assert "key.revoked" not in kinds(f"until={since}")
    assert kinds("actor=nobody") == []


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("keys", "keys:read"),
        ("keys/{key}", "keys:read"),
        ("members", "keys:read"),
        ("groups", "keys:read"),
        ("subnets", "subnets:read"),
        ("subnets/{subnet}", "subnets:read"),
        ("audit", "audit:read"),
    ],
)
def test_each_needs_its_scope(front_door: FrontDoorClient, cast: Cast, path: str, scope: str) -> None:
    others = [
        each for each in ("keys:read", "keys:write", "subnets:read", "subnets:write", "audit:read") if each != scope
    ]
    without, only = program(front_door, cast, *others), program(front_door, cast, scope, name="Reader")
    path = path.format(key=only.key_id, subnet=cast.acme.subnets.get().pk)
    refused = without.get(path)
    assert problem(refused, 403, "insufficient_scope")["scope"] == scope
    assert f'scope="{scope}"' in refused.headers["www-authenticate"]
    assert only.get(path).status == 200
    head = only.call("HEAD", path)
    assert (head.status, head.headers["content-length"]) == (200, str(len(only.get(path).body)))


def test_what_another_team_has_is_answered_like_what_never_was(bot: Program, cast: Cast) -> None:
    foreign_key = make_key(cast.globex, cast.mallory).apikey
    foreign_subnet = list_network(cast.globex, "192.0.2.0/24")
    deleted = make_key(cast.acme, cast.dev, "Deleted").apikey
    services.delete_key(apikey=deleted, actor=BY_TESTS)

    def without_id(document: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in document.items() if name != "request_id"}

    never = without_id(problem(bot.get("keys/000000000000"), 404, "not_found"))
    for path in (f"keys/{foreign_key.pk}", f"keys/{deleted.pk}"):
        assert without_id(problem(bot.get(path), 404, "not_found")) == never
    never = without_id(problem(bot.get("subnets/000000000000"), 404, "not_found"))
    assert without_id(problem(bot.get(f"subnets/{foreign_subnet.pk}"), 404, "not_found")) == never
    for path in ("keys/", "keys/x", "keys/%00", f"keys/{foreign_key.pk}/nothing", "subnets/../keys/000000000000"):
        problem(bot.get(path), 404, "not_found")


def test_other_methods_and_media_types(bot: Program) -> None:
    answer = bot.call("PUT", "keys")
    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) >= {"GET", "HEAD"}
    for method in ("OPTIONS", "TRACE", "QUERY"):
        problem(bot.call(method, "audit"), 405, "method_not_allowed")
    problem(bot.get("keys", accept="text/html"), 406, "not_acceptable")
    problem(bot.get("keys", accept="application/json;q=0, */*;q=0"), 406, "not_acceptable")
    for accept in ("application/json", "*/*", "application/*;q=0.5", "text/html, application/json;q=0.1"):
        assert bot.get("keys", accept=accept).status == 200


def test_the_document_is_open_to_all(front_door: FrontDoorClient) -> None:
    """And nothing else is, in whatever spelling."""
    answer = front_door.get(OPEN_TO_ALL)
    assert answer.status == 200
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert document["paths"]["/api/v1/keys"]["get"]["security"] == [
        {"Bearer": ["keys:read"]},
        {"Header": ["keys:read"]},
    ]
    assert front_door.request("POST", OPEN_TO_ALL).status == 405
    for path in ("/api/v1/openapi.json/", "/api/v1/openapi.jsonx", "/api/v1//openapi.json", "/api/v1/keys"):
        assert front_door.get(path).status == 401
