"""A service that has no proxy asks whether a key is good: it hears what the gate would say, of its own team's keys."""

from typing import Any

import pytest

from apikeys import services
from console.api import verifying
from console.enforcement.gate import usage
from tests.api.calling import Program, errors_of, problem, program
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient

ELSEWHERE = "203.0.113.9"


@pytest.fixture
def service(front_door: FrontDoorClient, cast: Cast) -> Program:
    return program(front_door, cast, "keys:read", name="Billing-Service")


def ask(service: Program, key: str, **about: str) -> dict[str, Any]:
    answer = service.call("POST", "verify", {"key": key, **about})
    assert answer.status == 200, answer.body
    return answer.json()


def test_a_good_key(service: Program, cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, scopes=["datasets:read:us-equity-taq", "audit:read"])
    verdict = ask(service, made.text, address=OFFICE, scope="audit:read")
    assert (verdict["allowed"], verdict["code"], verdict["reason"], verdict["address"]) == (True, None, None, OFFICE)
    assert verdict["key"]["id"] == made.apikey.pk
    assert verdict["key"]["scopes"] == ["datasets:read:us-equity-taq", "audit:read"]
    assert ask(service, made.text)["address"] == OFFICE, "that of the request"


def test_what_the_gate_would_say(service: Program, cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev)
    for about, code in [
        ({"address": ELSEWHERE}, "ip_not_allowed"),
        ({"scope": "keys:write"}, "insufficient_scope"),
        ({"scope": "datasets:read:no-such-data"}, "not_subscribed"),
        ({"scope": "datasets:read:us-equity-taq"}, None),
        ({"address": f"::ffff:{OFFICE}"}, None),
    ]:
        verdict = ask(service, made.text, **about)
        assert (verdict["code"], verdict["allowed"]) == (code, code is None), about
    services.disable_key(apikey=made.apikey, reason="", actor=BY_TESTS)
    verdict = ask(service, made.text)
    assert (verdict["code"], verdict["reason"]) == ("invalid_api_key", "disabled")


def test_a_key_of_another_team_is_like_one_that_does_not_exist(service: Program, cast: Cast) -> None:
    list_network(cast.globex, OFFICE)
    foreign = make_key(cast.globex, cast.mallory)
    own = make_key(cast.acme, cast.dev).text
    wrong_secret = own[:-20] + own[-20:].swapcase()
    verdicts = [ask(service, text) for text in (foreign.text, wrong_secret, "nonsense", "ä", own + " ")]
    services.revoke_key(apikey=foreign.apikey, actor=BY_TESTS)
    verdicts.append(ask(service, foreign.text))
    never = {"allowed": False, "code": "invalid_api_key", "reason": None, "address": OFFICE, "key": None}
    assert verdicts == [never] * len(verdicts)
    usage().flush()
    foreign.apikey.refresh_from_db()
    assert foreign.apikey.last_used_at is None


def test_it_counts_as_a_use(service: Program, cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev)
    ask(service, made.text, address=OFFICE)
    usage().flush()
    made.apikey.refresh_from_db()
    assert made.apikey.last_used_from == OFFICE


def test_what_cannot_be_asked(service: Program) -> None:
    for about, field in [
        ({}, "key"),
        ({"key": ""}, "key"),
        ({"key": 7}, "key"),
        ({"key": "x" * 600}, "key"),
        ({"key": "x", "address": "198.51.100.300"}, "address"),
        ({"key": "x", "address": None}, "address"),
        ({"key": "x", "scope": "keys:admin"}, "scope"),
        ({"key": "x", "team": "globex"}, "team"),
    ]:
        assert field in errors_of(service.call("POST", "verify", about)), about


def test_too_many_questions(service: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "MOST_PER_MINUTE", 2)
    ask(service, "x")
    ask(service, "x")
    answer = service.call("POST", "verify", {"key": "x"})
    problem(answer, 429, "rate_limited")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert service.get("keys").status == 200, "everything else goes on"


def test_it_needs_to_be_allowed_to_see_keys(front_door: FrontDoorClient, cast: Cast) -> None:
    without = program(front_door, cast, "keys:write", "datasets:read")
    assert problem(without.call("POST", "verify", {"key": "x"}), 403, "insufficient_scope")["scope"] == "keys:read"
