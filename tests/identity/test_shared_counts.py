"""Several processes serve one installation: attempts at one are attempts at all."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.server import Gatehouse, gatehouse, postgres_missing

pytestmark = pytest.mark.server


@pytest.fixture(params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Gatehouse, Gatehouse]]:
    """Two servers on one database."""
    if request.param == "postgresql" and (missing := postgres_missing()):
        pytest.skip(missing)
    with gatehouse(tmp_path, request.param) as one:
        other = Gatehouse(one.directory, one.database_url)
        try:
            yield one, other.start()
        finally:
            other.stop()


def try_to_sign_in(server: Gatehouse, email: str, password: str, address: str) -> str:
    """`in`, `wrong` or `slowed`."""
    page = server.get("/accounts/login/", address=address)
    cookie: SimpleCookie = SimpleCookie(page.headers["set-cookie"])
    token = cookie["gatehouse_csrf"].value
    answer = server.request(
        "POST",
        "/accounts/login/",
        address=address,
        headers={"Cookie": f"gatehouse_csrf={token}", "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({"csrfmiddlewaretoken": token, "login": email, "password": password}).encode(),
    )
    if answer.status == 302:
        return "in"
    return "slowed" if b"Too many failed attempts" in answer.body else "wrong"


def test_attempts_at_one_process_count_at_the_other(two: tuple[Gatehouse, Gatehouse]) -> None:
    one, other = two
    made = one.manage_json("team", "create", "Acme", "--slug", "acme", "--admin", "ann@acme.example")
    email, password = made["admin"], made["password"]
    assert try_to_sign_in(other, email, password, "127.0.0.50") == "in"
    for attempt, server in enumerate([one, other, one, other, one]):
        assert try_to_sign_in(server, email, "wrong", f"127.0.0.{attempt + 60}") == "wrong"
    for server in two:
        assert try_to_sign_in(server, email, password, "127.0.0.77") == "slowed"
