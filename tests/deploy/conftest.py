"""One Gatehouse for all proxies, one API behind them, and each proxy started once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.deploy.client import Answer, Headers, exchange, request_bytes
from tests.deploy.recipes import INSTALLED, Recipe, started
from tests.deploy.upstream import SomethingElse, Upstream, refusing_port, serving
from tests.server import Gatehouse, gatehouse

OFFICE = "127.0.0.2"
"""The client's address that the team has listed."""
ELSEWHERE = "127.0.0.3"


@dataclass(frozen=True)
class Gatehouses:
    """Two processes of one Gatehouse: nginx needs refusals in a form of its own."""

    plain: Gatehouse
    for_nginx: Gatehouse
    team: str
    key: dict[str, Any]

    def serving(self, recipe: Recipe) -> Gatehouse:
        return self.for_nginx if recipe.for_nginx else self.plain


@dataclass(frozen=True)
class Proxy:
    recipe: Recipe
    port: int

    def ask(
        self,
        method: str = "GET",
        target: str = "/datasets",
        *,
        key: str | None = None,
        headers: Headers | None = None,
        body: bytes = b"",
        chunked: bool = False,
        address: str = OFFICE,
    ) -> Answer:
        credential = [("Authorization", f"Bearer {key}")] if key else []
        data = request_bytes(method, target, [*credential, *(headers or [])], body, chunked=chunked)
        return exchange(self.port, method, data, address=address)


@pytest.fixture(scope="package")
def gatehouses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouses]:
    directory = tmp_path_factory.mktemp("gatehouse")
    with (
        gatehouse(directory, "sqlite", GATEHOUSE_TRUSTED_PROXIES="127.0.0.1") as plain,
        gatehouse(
            directory, "sqlite", GATEHOUSE_TRUSTED_PROXIES="127.0.0.1", GATEHOUSE_AUTHZ_FOR_NGINX="true"
        ) as for_nginx,
    ):
        team = plain.team(OFFICE)
        yield Gatehouses(plain, for_nginx, team, plain.key(team))


@pytest.fixture(scope="package")
def upstream_server() -> Iterator[Upstream]:
    with serving(Upstream()) as server:
        yield server


@pytest.fixture
def upstream(upstream_server: Upstream) -> Upstream:
    """The API behind the proxy, to which nothing has come yet."""
    upstream_server.arrived.clear()
    return upstream_server


@pytest.fixture(scope="module", params=INSTALLED, ids=lambda recipe: recipe.name)
def recipe(request: pytest.FixtureRequest) -> Recipe:
    found: Recipe = request.param
    return found


@pytest.fixture(scope="module")
def proxy(
    recipe: Recipe, gatehouses: Gatehouses, upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    directory = tmp_path_factory.mktemp(recipe.name)
    with started(recipe, directory, gatehouse=gatehouses.serving(recipe).port, upstream=upstream_server.port) as port:
        yield Proxy(recipe, port)


@pytest.fixture(scope="module")
def proxy_without_gatehouse(
    recipe: Recipe, upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """The same proxy, where nothing listens at Gatehouse's address."""
    with refusing_port() as silent:
        directory = tmp_path_factory.mktemp(f"{recipe.name}-alone")
        with started(recipe, directory, gatehouse=silent, upstream=upstream_server.port) as port:
            yield Proxy(recipe, port)


@pytest.fixture(scope="module")
def proxy_at_something_else(
    recipe: Recipe, upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Proxy, SomethingElse]]:
    """The same proxy, with something at Gatehouse's address that is not Gatehouse."""
    with serving(SomethingElse()) as something_else:
        directory = tmp_path_factory.mktemp(f"{recipe.name}-astray")
        with started(recipe, directory, gatehouse=something_else.port, upstream=upstream_server.port) as port:
            yield Proxy(recipe, port), something_else
