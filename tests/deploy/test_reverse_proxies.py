"""The recipes of `deploy/`, started for real between a client, Gatehouse and an API that knows nothing of it."""

import socket

import pytest

from tests.deploy.client import IDENTITY, read_answer, request_bytes, twins
from tests.deploy.conftest import ELSEWHERE, OFFICE, Gatehouses, Proxy
from tests.deploy.recipes import INSTALLED, RECIPES, Recipe
from tests.deploy.upstream import SomethingElse, Upstream

pytestmark = pytest.mark.server

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SPELLINGS = (
    "/", "//", "/..", "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/..;/secret", "/.;/secret", "/a/../../secret",
    "/\\..\\secret", "/secret%00", "/secret%0a", "//127.0.0.1/secret", "/?key=value", "/_gatehouse_authz",
    "/@gatehouse_refusal", "/authz", "/authz/", "/%61uthz", "http://127.0.0.1/secret", "http://127.0.0.1:80/_gatehouse_authz",
)  # fmt: skip


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipe_is_started_by_these_tests(recipe: Recipe) -> None:
    if recipe not in INSTALLED:
        pytest.skip(f"{recipe.name} is not installed: its recipe was not started")


def test_request_with_a_key_reaches_the_api_with_the_identity_of_the_key(
    proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses
) -> None:
    answer = proxy.ask("GET", "/a%2Fb/c%20d;e=1?f=g%2Fh&i", key=gatehouses.key["key"])
    assert (answer.status, answer.json()["upstream"]) == (200, "its own answer")
    (arrived,) = upstream.arrived
    assert (arrived.method, arrived.target) == ("GET", "/a%2Fb/c%20d;e=1?f=g%2Fh&i")
    assert arrived.values("X-Gatehouse-Team") == [gatehouses.team]
    assert arrived.values("X-Gatehouse-Key-Id") == [gatehouses.key["id"]]
    assert arrived.values("X-Gatehouse-Key-Name") == [gatehouses.key["name"]]
    assert arrived.values("X-Gatehouse-Owner") == [f"ann@{gatehouses.team}.example"]
    assert arrived.values("X-Gatehouse-Scopes") == ["datasets:read"]
    assert arrived.values("X-Forwarded-For") == [OFFICE]


def test_key_does_not_reach_the_api(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    key = gatehouses.key["key"]
    assert proxy.ask(key=key).status == 200
    assert proxy.ask(headers=[("X-API-Key", key)]).status == 200
    assert len(upstream.arrived) == 2
    assert not [arrived for arrived in upstream.arrived if key in repr(arrived)]


def test_client_that_is_let_through_hears_when_its_key_expires(
    proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses
) -> None:
    if not proxy.recipe.tells_the_client:
        pytest.skip(f"{proxy.recipe.name} cannot give the client a header of a yes")
    answer = proxy.ask(key=gatehouses.key["key"])
    assert answer.values("X-API-Key-Expires-At") == [gatehouses.key["expires_at"]]
    assert answer.values("X-Request-ID") == upstream.arrived[0].values("X-Request-ID")
    assert answer.values("X-Request-ID") != ["the-upstreams-own"]
    assert not answer.values("RateLimit") + answer.values("RateLimit-Policy")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_judged_and_arrives(
    proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses, method: str
) -> None:
    assert proxy.ask(method).status == 401
    assert not upstream.arrived
    assert proxy.ask(method, key=gatehouses.key["key"]).status == 200
    assert [arrived.method for arrived in upstream.arrived] == [method]


def test_body_arrives_whole(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    """Three megabytes: more than any buffer on the way."""
    body = bytes(range(256)) * 12_000
    for chunked in (False, True):
        answer = proxy.ask("POST", key=gatehouses.key["key"], body=body, chunked=chunked)
        assert (answer.status, answer.json()["bytes"]) == (200, len(body))
    assert [arrived.body == body for arrived in upstream.arrived] == [True, True]


def test_refusal_is_gatehouses_own_answer(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    answer = proxy.ask()
    problem = answer.json()
    assert (answer.status, problem["status"], problem["code"]) == (401, 401, "missing_api_key")
    assert problem["type"] == f"{gatehouses.serving(proxy.recipe).url}/errors/missing_api_key/"
    assert problem["detail"].startswith("Send your API key in a header: “Authorization")
    assert answer.values("Content-Type") == ["application/problem+json"]
    assert answer.values("Cache-Control") == ["no-store"]
    assert answer.values("WWW-Authenticate") == ['Bearer realm="gatehouse"']
    assert answer.values("X-Request-ID") == [problem["request_id"]]
    wrong = proxy.ask(key=gatehouses.key["key"][:-1] + "!")
    assert (wrong.status, wrong.json()["code"]) == (401, "invalid_api_key")
    assert wrong.values("WWW-Authenticate") == ['Bearer realm="gatehouse", error="invalid_token"']
    assert not upstream.arrived


def test_key_in_the_url_is_not_read_and_the_client_is_told_so(
    proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses
) -> None:
    answer = proxy.ask(target=f"/datasets?api_key={gatehouses.key['key']}")
    problem = answer.json()
    assert (answer.status, problem["code"]) == (401, "missing_api_key")
    assert problem["detail"].startswith("A key in the URL is never read.") is proxy.recipe.sends_the_url
    assert not upstream.arrived


def test_refused_body_is_not_taken_for_a_request(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    credential = [("X-API-Key", gatehouses.key["key"])]
    hidden = request_bytes("GET", "/hidden", credential)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30, source_address=(OFFICE, 0)) as connection:
        connection.sendall(request_bytes("POST", "/refused", [], hidden))
        assert read_answer(connection, "POST").status == 401
        try:
            connection.sendall(request_bytes("GET", "/next", [*credential, ("Connection", "close")]))
            while connection.recv(65536):
                pass
        except OSError:
            pass  # the proxy may end the connection of a refused request
    assert {arrived.target for arrived in upstream.arrived} <= {"/next"}


def test_client_is_judged_by_its_own_address(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    answer = proxy.ask(key=gatehouses.key["key"], address=ELSEWHERE)
    problem = answer.json()
    assert (answer.status, problem["code"], problem["ip"]) == (403, "ip_not_allowed", ELSEWHERE)
    assert problem["detail"] == "IP address not allowed"
    assert answer.values("X-Request-ID") == [problem["request_id"]]
    assert not upstream.arrived


@pytest.mark.parametrize(
    "forged",
    [
        [("X-Forwarded-For", OFFICE)],
        [("X-Forwarded-For", OFFICE), ("X-Forwarded-For", OFFICE)],
        [("X-Forwarded-For", f"{OFFICE}, 127.0.0.1")],
        [("X-Forwarded-For", "not an address")],
        [("Forwarded", f"for={OFFICE}"), ("X-Real-IP", OFFICE), ("X-Client-IP", OFFICE), ("X-Forwarded-Host", OFFICE)],
        *([(name, OFFICE)] for name in twins("X-Forwarded-For")),
    ],
    ids=lambda forged: "; ".join(f"{name}: {value}" for name, value in forged),
)  # fmt: skip
def test_client_does_not_choose_its_address(
    proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses, forged: list[tuple[str, str]]
) -> None:
    refused = proxy.ask(key=gatehouses.key["key"], headers=forged, address=ELSEWHERE)
    assert (refused.status, refused.json()["ip"]) == (403, ELSEWHERE)
    assert not upstream.arrived
    elsewhere = [(name, value.replace(OFFICE, ELSEWHERE)) for name, value in forged]
    assert proxy.ask(key=gatehouses.key["key"], headers=elsewhere).status == 200
    assert upstream.arrived[0].values("X-Forwarded-For") == [OFFICE]
    assert not [name for name in twins("X-Forwarded-For") if upstream.arrived[0].values(name)]


def test_client_does_not_choose_its_identity(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    names = [name for header in IDENTITY for name in (header, header.lower(), *twins(header))]
    for at in range(0, len(names), 10):
        forged = [(name, "forged") for name in names[at : at + 10]]
        assert proxy.ask(headers=forged).status == 401
        assert proxy.ask(key=gatehouses.key["key"], headers=forged + forged).status == 200
    for arrived in upstream.arrived:
        assert not [name for name, value in arrived.headers if "forged" in value]
        assert arrived.values("X-Gatehouse-Team") == [gatehouses.team]


@pytest.mark.parametrize(
    "named", [", ".join(IDENTITY), "close, x-gatehouse-team", "X-Forwarded-For", "keep-alive, X-Forwarded-For"]
)
def test_client_does_not_get_rid_of_what_the_proxy_says(
    proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses, named: str
) -> None:
    """What `Connection` names is for one hop only: a proxy that obeyed would drop what it has just put in."""
    headers = [("Connection", named), ("X-Forwarded-For", OFFICE)]
    elsewhere = proxy.ask(key=gatehouses.key["key"], headers=headers, address=ELSEWHERE)
    answer = proxy.ask(key=gatehouses.key["key"], headers=headers)
    if proxy.recipe.refuses_odd_connection and "X-Forwarded-For" in named:
        assert (elsewhere.status, answer.status) == (400, 400)
        assert not upstream.arrived
        return
    assert (elsewhere.status, elsewhere.json()["ip"], answer.status) == (403, ELSEWHERE, 200)
    (arrived,) = upstream.arrived
    assert arrived.values("X-Gatehouse-Team") == [gatehouses.team]
    assert arrived.values("X-Gatehouse-Key-Id") == [gatehouses.key["id"]]
    assert arrived.values("X-Forwarded-For") == [OFFICE]


def test_several_credentials_are_none(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    key = gatehouses.key["key"]
    bearer, plain = ("Authorization", f"Bearer {key}"), ("X-API-Key", key)
    for credentials in ([bearer, bearer], [plain, plain], [bearer, plain], [bearer, ("Authorization", "Basic eDp5")]):
        assert proxy.ask(headers=credentials).status in {400, 401}
    for name in twins("X-API-Key"):
        assert proxy.ask(headers=[(name, key)]).status == 401
    assert not upstream.arrived


@pytest.mark.parametrize("target", SPELLINGS)
def test_no_spelling_of_a_path_gets_past(proxy: Proxy, upstream: Upstream, target: str) -> None:
    assert proxy.ask(target=target).status >= 400
    assert not upstream.arrived


@pytest.mark.parametrize(
    ("method", "target"), [("OPTIONS", "*"), ("TRACE", "/"), ("CONNECT", "127.0.0.1:9000"), ("BREW", "/")]
)
def test_no_odd_method_gets_past(proxy: Proxy, upstream: Upstream, method: str, target: str) -> None:
    proxy.ask(method, target)
    assert not upstream.arrived


def test_revoked_key_is_refused_at_once(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    made = gatehouses.plain.key(gatehouses.team, f"Revoked behind {proxy.recipe.name}")
    assert proxy.ask(key=made["key"]).status == 200
    gatehouses.plain.manage("apikey", "revoke", made["id"])
    answer = proxy.ask(key=made["key"])
    assert (answer.status, answer.json()["reason"]) == (401, "revoked")
    assert len(upstream.arrived) == 1


def test_over_the_limit_is_429_with_retry_after(proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses) -> None:
    made = gatehouses.plain.manage_json(
        "apikey", "create", "--team", gatehouses.team, "--name", f"Behind {proxy.recipe.name}", "--rate-limit", "2"
    )
    within = [proxy.ask(key=made["key"]) for _ in range(2)]
    assert [answer.status for answer in within] == [200, 200]
    if proxy.recipe.tells_the_client:
        assert [answer.values("RateLimit-Policy") for answer in within] == [['"key";q=2;w=60']] * 2
        assert [answer.values("RateLimit")[0].split(";")[1] for answer in within] == ["r=1", "r=0"]
    over = proxy.ask(key=made["key"])
    problem = over.json()
    assert (over.status, problem["status"], problem["code"]) == (429, 429, "rate_limited")
    assert 1 <= int(over.values("Retry-After")[0]) <= 60
    assert over.values("RateLimit-Policy") == ['"key";q=2;w=60']
    assert over.values("Content-Type") == ["application/problem+json"]
    assert len(upstream.arrived) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_answers_of_the_api_are_left_alone(
    proxy: Proxy, upstream: Upstream, gatehouses: Gatehouses, status: int
) -> None:
    answer = proxy.ask(target=f"/status/{status}", key=gatehouses.key["key"])
    assert (answer.status, answer.json()["upstream"]) == (status, "its own answer")
    assert answer.values("Content-Type") == ["application/json"]


def test_nobody_passes_while_gatehouse_is_down(
    proxy_without_gatehouse: Proxy, upstream: Upstream, gatehouses: Gatehouses
) -> None:
    for method, body in (("GET", b""), ("POST", b"a body")):
        answer = proxy_without_gatehouse.ask(method, key=gatehouses.key["key"], body=body)
        assert answer.status == proxy_without_gatehouse.recipe.when_gatehouse_is_down
        if answer.status == 503:
            assert answer.values("Content-Type") == ["application/problem+json"]
            assert answer.json()["code"] == "policy_unavailable"
            assert int(answer.values("Retry-After")[0]) > 0
    assert not upstream.arrived


@pytest.mark.parametrize("status", [302, 404, 500, 502, None], ids=lambda status: str(status or "hangs up"))
def test_anything_but_a_yes_is_a_no(
    proxy_at_something_else: tuple[Proxy, SomethingElse], upstream: Upstream, status: int | None
) -> None:
    proxy, something_else = proxy_at_something_else
    something_else.status = status
    something_else.asked.clear()
    assert proxy.ask("POST", key="gate_whatever", body=b"a body").status >= 300
    assert something_else.asked
    assert not upstream.arrived


def test_body_is_not_sent_to_gatehouse(
    proxy_at_something_else: tuple[Proxy, SomethingElse], upstream: Upstream
) -> None:
    proxy, something_else = proxy_at_something_else
    something_else.status = 404
    something_else.asked.clear()
    proxy.ask("POST", key="gate_whatever", body=b"a body")
    proxy.ask("POST", key="gate_whatever", body=b"a body", chunked=True)
    proxy.ask("POST", key="gate_whatever", body=b"a body", headers=[("Expect", "100-continue")])
    assert [asked.get("content-length", "0") for asked in something_else.asked] == ["0"] * 3
    assert not [asked for asked in something_else.asked if "transfer-encoding" in asked or "expect" in asked]
