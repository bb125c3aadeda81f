"""GATEHOUSE_AUTHZ_FOR_NGINX: refusals that nginx's `auth_request` can pass on, and nobody else's answers changed."""

import json
from typing import Any

import pytest

from console.auth_request import for_auth_request
from console.enforcement.decision import Code, Decision
from console.enforcement.refusals import refusal
from tests.deploy.conftest import ELSEWHERE, OFFICE, Gatehouses
from tests.server import Reply


@pytest.mark.server
def test_refusals_are_401_and_403_and_carry_their_document_in_a_header(gatehouses: Gatehouses) -> None:
    key = gatehouses.key["key"]
    missing = gatehouses.for_nginx.get("/authz")
    assert (missing.status, missing.headers["x-gatehouse-status"]) == (401, "401")
    assert missing.headers["www-authenticate"] == 'Bearer realm="gatehouse"'
    assert _problem(missing)["detail"].startswith("Send your API key in a header: “Authorization")
    elsewhere = gatehouses.for_nginx.get("/authz/any/path", key=key, headers={"X-Forwarded-For": ELSEWHERE})
    assert (elsewhere.status, elsewhere.headers["x-gatehouse-status"]) == (403, "403")
    assert _problem(elsewhere)["ip"] == ELSEWHERE


@pytest.mark.server
def test_over_the_limit_is_403_that_says_429(gatehouses: Gatehouses) -> None:
    made = gatehouses.plain.manage_json(
        "apikey", "create", "--team", gatehouses.team, "--name", "For nginx", "--rate-limit", "1"
    )
    headers = {"X-Forwarded-For": OFFICE}
    assert gatehouses.for_nginx.get("/authz", key=made["key"], headers=headers).status == 204
    over = gatehouses.for_nginx.get("/authz", key=made["key"], headers=headers)
    assert (over.status, over.headers["x-gatehouse-status"], over.json()["status"]) == (403, "429", 429)
    assert _problem(over)["code"] == "rate_limited"
    assert int(over.headers["retry-after"]) > 0


@pytest.mark.server
def test_let_through_and_the_answers_without_the_setting_are_the_contracts(gatehouses: Gatehouses) -> None:
    headers = {"X-Forwarded-For": OFFICE}
    assert gatehouses.for_nginx.get("/authz", key=gatehouses.key["key"], headers=headers).status == 204
    plain = gatehouses.plain.get("/authz")
    assert plain.status == 401
    assert not {"x-gatehouse-status", "x-gatehouse-problem"} & set(plain.headers)


def test_policy_unavailable_is_403_that_says_503() -> None:
    answer = for_auth_request(refusal(Decision(Code.POLICY_UNAVAILABLE), "some-request"))
    headers = dict(answer.headers)
    assert (answer.status, headers["X-Gatehouse-Status"], headers["Retry-After"]) == (403, "503", "5")
    assert json.loads(headers["X-Gatehouse-Problem"]) == json.loads(answer.body)


def _problem(answer: Reply) -> dict[str, Any]:
    """The document of the header, which has to be the body's."""
    text = answer.headers["x-gatehouse-problem"]
    assert text.isascii()
    document: dict[str, Any] = json.loads(text)
    assert document == answer.json()
    return document
