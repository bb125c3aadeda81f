"""The running server, with real sockets: what `curl` sees."""

import socket

import pytest

from tests.server import Gatehouse

pytestmark = pytest.mark.server

DATASETS = "/api/v1/datasets"


def test_the_main_job_with_curl(server: Gatehouse) -> None:
    team = server.team("127.0.0.1")
    made = server.key(team)
    assert server.get(DATASETS, key=made["key"]).status == 200
    refused = server.get(DATASETS, key=made["key"], address="127.0.0.2")
    assert (refused.status, refused.json()["detail"]) == (403, "IP address not allowed")
    assert refused.json()["ip"] == "127.0.0.2"
    server.manage("apikey", "delete", made["id"])
    gone = server.get(DATASETS, key=made["key"])
    assert (gone.status, gone.json()["code"]) == (401, "invalid_api_key")


def test_forward_auth_answers_any_method_and_path(server: Gatehouse) -> None:
    team = server.team("127.0.0.1")
    made = server.key(team)
    for method, path in (("GET", "/authz"), ("POST", "/authz/"), ("DELETE", "/authz/any/path?with=query")):
        answer = server.request(method, path, key=made["key"], body=b"a body" if method == "POST" else None)
        assert answer.status == 204
        assert answer.headers["x-gatehouse-team"] == team
        assert answer.headers["x-gatehouse-key-id"] == made["id"]
        assert answer.headers["x-gatehouse-key-name"] == made["name"]
        assert answer.headers["x-api-key-expires-at"] == made["expires_at"]
    assert server.get("/authz").json()["code"] == "missing_api_key"
    assert server.get("/authz", key=made["key"], address="127.0.0.2").status == 403


def test_health(server: Gatehouse) -> None:
    assert server.get("/healthz").status == 200
    assert server.get("/readyz").json()["policy"] == "ok"


def test_headers_that_wsgi_would_confuse(server: Gatehouse) -> None:
    """Raw bytes on the socket: doubled credentials and underscore twins are seen as they were sent."""
    team = server.team("127.0.0.1")
    key = server.key(team)["key"]
    assert _raw(server, f"X-API-Key: {key}", f"X-API-Key: {key}").startswith(b"HTTP/1.1 401")
    assert _raw(server, f"X_API_Key: {key}").startswith(b"HTTP/1.1 401")
    assert _raw(server, f"X-API-Key: {key}", "X_Forwarded_For: 127.0.0.9").startswith(b"HTTP/1.1 200")
    assert _raw(server, f"X-API-Key: {key}", "X-Forwarded-For: 127.0.0.9").startswith(b"HTTP/1.1 200")


def test_body_larger_than_django_reads_is_refused(server: Gatehouse) -> None:
    answer = server.request("POST", "/accounts/login/", body=b"x" * (3 * 1024 * 1024))
    assert (answer.status, answer.json()["code"]) == (413, "content_too_large")


def _raw(server: Gatehouse, *headers: str) -> bytes:
    lines = ["GET /api/v1/datasets HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers, "", ""]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall("\r\n".join(lines).encode("latin-1"))
        received = b""
        while piece := client.recv(65536):
            received += piece
    return received
