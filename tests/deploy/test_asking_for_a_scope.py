"""A proxy lets only keys with a scope through, and a client cannot talk it out of that."""

from pathlib import Path

import pytest

from tests.deploy.conftest import Gatehouses, Proxy
from tests.deploy.recipes import Recipe, started
from tests.deploy.upstream import Upstream

pytestmark = pytest.mark.server

ATTEMPTS = (
    "/datasets",
    "/:datasets:read/datasets",
    "//authz",
    "/authz:datasets:read/",
    "/../authz",
    "/?scope=datasets:read",
)


def test_only_keys_with_the_scope_get_through(
    recipe: Recipe, gatehouses: Gatehouses, upstream: Upstream, tmp_path: Path
) -> None:
    gatehouse = gatehouses.serving(recipe)
    words = ("apikey", "create", "--team", gatehouses.team, "--scope", "audit:read", "--name", f"auditor {recipe.name}")
    auditor = gatehouse.manage_json(*words)["key"]
    with started(recipe, tmp_path, gatehouse=gatehouse.port, upstream=upstream.port, scope="audit:read") as port:
        proxy = Proxy(recipe, port)
        for target in ATTEMPTS:
            assert proxy.ask(target=target, key=gatehouses.key["key"]).status in {400, 403, 404}, target
        assert upstream.arrived == []
        refused = proxy.ask(key=gatehouses.key["key"])
        assert (refused.status, refused.json()["scope"]) == (403, "audit:read")
        assert proxy.ask(key=auditor).status == 200
    assert len(upstream.arrived) == 1
