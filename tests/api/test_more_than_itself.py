"""A key can never make a key that may do more than itself, nor get hold of one that may."""

from typing import Any

import pytest

from apikeys.limiting import limit_key
from apikeys.models import ApiKey
from apikeys.network_binding import bind_key
from tests.api.calling import Program, errors_of, last_event, problem, program
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.front_door import FrontDoorClient


@pytest.fixture
def bot(front_door: FrontDoorClient, cast: Cast) -> Program:
    return program(front_door, cast, "keys:write", "datasets:read:us-equity-taq")


def refused(bot: Program, method: str, path: str, content: dict[str, Any], **headers: str) -> set[str]:
    """The fields that went too far. The attempt is in the trail, and no key was made or altered."""
    before = list(ApiKey.objects.order_by("pk").values())
    errors = errors_of(bot.call(method, path, content, raw=None, **headers), 403, "more_than_itself")
    assert list(ApiKey.objects.order_by("pk").values()) == before
    event = last_event()
    assert (event.kind, event.via) == ("access.change_refused", "api")
    assert event.actor_name == f"API key Rotation-Bot ({bot.key_id})"
    assert event.details["page"] in {"api:createKey", "api:rotateKey", "api:updateKey"}
    return set(errors)


def test_no_scope_that_it_has_not(bot: Program) -> None:
    for scope in ("datasets:read", "datasets:read:us-equity-1min-bars", "keys:read", "subnets:write", "audit:read"):
        assert refused(bot, "POST", "keys", {"name": "New", "scopes": ["keys:write", scope]}) == {"scopes"}
    own = {"name": "New", "scopes": ["datasets:read:us-equity-taq", "keys:write"]}
    assert bot.call("POST", "keys", own).status == 201


def test_nor_the_usual_one_if_it_has_it_not(bot: Program) -> None:
    assert refused(bot, "POST", "keys", {"name": "New"}) == {"scopes"}


def test_no_key_is_rotated_that_may_do_more(bot: Program, cast: Cast) -> None:
    """Whoever rotates a key holds its successor."""
    for scopes in (["audit:read"], ["datasets:read"], ["datasets:read:us-equity-1min-bars"]):
        other = make_key(cast.acme, cast.ann, scopes[0], scopes=scopes).apikey
        assert refused(bot, "POST", f"keys/{other.pk}/rotate", {}) == {"scopes"}
    less = make_key(cast.acme, cast.ann, "Less", scopes=["datasets:read:us-equity-taq"]).apikey
    assert bot.call("POST", f"keys/{less.pk}/rotate", {}).status == 201
    assert bot.call("POST", f"keys/{bot.key_id}/rotate", {}).status == 201


def test_not_more_often(bot: Program, cast: Cast) -> None:
    scopes = ["datasets:read:us-equity-taq"]
    unlimited = make_key(cast.acme, cast.dev, "Unlimited", scopes=scopes).apikey
    slower = limit_key(
        apikey=make_key(cast.acme, cast.dev, "Slower", scopes=scopes).apikey, rate_limit=10, actor=BY_TESTS
    )
    limit_key(apikey=bot.apikey, rate_limit=60, actor=BY_TESTS)
    new = {"name": "New", "scopes": scopes}
    assert refused(bot, "POST", "keys", new | {"rate_limit": 61}) == {"rate_limit"}
    assert refused(bot, "POST", "keys", new | {"rate_limit": None}) == {"rate_limit"}
    assert bot.call("POST", "keys", new).json()["rate_limit"] == 60, "its own, unless another is named"
    assert refused(bot, "PATCH", f"keys/{bot.key_id}", {"rate_limit": None}, if_match="*") == {"rate_limit"}
    assert refused(bot, "PATCH", f"keys/{slower.pk}", {"rate_limit": 100}, if_match="*") == {"rate_limit"}
    assert bot.call("PATCH", f"keys/{unlimited.pk}", {"rate_limit": 5}, if_match="*").status == 200
    assert bot.call("PATCH", f"keys/{slower.pk}", {"rate_limit": 60}, if_match="*").status == 200


def test_not_from_more_networks(bot: Program, cast: Cast) -> None:
    office, vpn = cast.acme.subnets.get(), list_network(cast.acme, "203.0.113.0/24")
    scopes = ["datasets:read:us-equity-taq"]
    everywhere = make_key(cast.acme, cast.dev, "Everywhere", scopes=scopes).apikey
    bind_key(apikey=bot.apikey, networks=[office.pk], actor=BY_TESTS)
    new = {"name": "New", "scopes": scopes}
    assert refused(bot, "POST", "keys", new | {"networks": [vpn.pk]}) == {"networks"}
    assert refused(bot, "POST", "keys", new | {"networks": None}) == {"networks"}
    assert bot.call("POST", "keys", new).json()["networks"] == [office.pk], "its own, unless others are named"
    assert refused(bot, "PATCH", f"keys/{bot.key_id}", {"networks": None}, if_match="*") == {"networks"}
    assert refused(bot, "POST", f"keys/{everywhere.pk}/rotate", {}) == {"networks"}
    narrowed = bot.call("PATCH", f"keys/{everywhere.pk}", {"networks": [office.pk]}, if_match="*")
    assert narrowed.status == 200


def test_lifetimes_are_the_teams_to_limit(bot: Program) -> None:
    """Or no key could be replaced before it expires."""
    answer = bot.call("POST", f"keys/{bot.key_id}/rotate", {"expires_in": "365d"})
    assert answer.json()["expires_at"] > bot.apikey.expires_at.isoformat()


def test_without_the_scope_nothing_is_tried(front_door: FrontDoorClient, cast: Cast) -> None:
    reader = program(front_door, cast, "keys:read", name="Reader")
    problem(reader.call("POST", "keys", {"name": "New", "scopes": ["keys:write"]}), 403, "insufficient_scope")
