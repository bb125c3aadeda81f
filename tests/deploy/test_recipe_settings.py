"""What the recipes for Traefik and Envoy say where it matters: Debian ships neither server, so they may not run."""

import re
from typing import Any

import pytest

from tests.deploy.client import IDENTITY, twins
from tests.deploy.recipes import DEPLOY

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")


def recipe(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def test_traefik_believes_no_forwarded_header_of_a_client() -> None:
    (entry_point,) = recipe("traefik/traefik.yml")["entryPoints"].values()
    assert entry_point["forwardedHeaders"] == {"insecure": False, "trustedIPs": []}
    assert (
        recipe("traefik/gatehouse.yml")["http"]["middlewares"]["gatehouse"]["forwardAuth"]["trustForwardHeader"]
        is False
    )


def test_traefik_asks_before_every_request_and_strips_what_is_forged_and_the_key() -> None:
    http = recipe("traefik/gatehouse.yml")["http"]
    (router,) = http["routers"].values()
    assert router["rule"] == "PathPrefix(`/`)"
    assert router["middlewares"] == ["gatehouse", "key-stays-here"]
    forward_auth = http["middlewares"]["gatehouse"]["forwardAuth"]
    assert forward_auth["address"].endswith("/authz")
    assert set(forward_auth["authRequestHeaders"]) == {"Authorization", "X-API-Key"}
    stripped = re.compile(forward_auth["authResponseHeadersRegex"])
    for header in IDENTITY:
        assert all(stripped.search(name) for name in (header, header.lower(), *twins(header)))
    assert not stripped.search("X-Forwarded-For")
    removed = http["middlewares"]["key-stays-here"]["headers"]["customRequestHeaders"]
    assert removed == {"Authorization": "", "X-API-Key": ""}


def connection_manager() -> dict[str, Any]:
    (listener,) = recipe("envoy/envoy.yaml")["static_resources"]["listeners"]
    ((network_filter,),) = [chain["filters"] for chain in listener["filter_chains"]]
    config: dict[str, Any] = network_filter["typed_config"]
    return config


def test_envoy_takes_the_client_from_the_socket_and_drops_what_is_forged() -> None:
    manager = connection_manager()
    assert manager["use_remote_address"] is True
    assert "xff_num_trusted_hops" not in manager
    assert manager["common_http_protocol_options"]["headers_with_underscores_action"] == "DROP_HEADER"
    (early,) = manager["early_header_mutation_extensions"]
    removed = {mutation["remove"] for mutation in early["typed_config"]["mutations"]}
    assert removed == {"x-forwarded-for", *(header.lower() for header in IDENTITY)}


def test_envoy_asks_first_fails_closed_and_keeps_the_key() -> None:
    manager = connection_manager()
    assert [each["name"].rpartition(".")[2] for each in manager["http_filters"]] == ["ext_authz", "router"]
    authz = manager["http_filters"][0]["typed_config"]
    assert authz["failure_mode_allow"] is False
    assert authz["status_on_error"] == {"code": "ServiceUnavailable"}
    assert "with_request_body" not in authz
    assert authz["http_service"]["path_prefix"] == "/authz"
    (host,) = manager["route_config"]["virtual_hosts"]
    assert host["request_headers_to_remove"] == ["authorization", "x-api-key"]
    assert not [route for route in host["routes"] if "typed_per_filter_config" in route]
