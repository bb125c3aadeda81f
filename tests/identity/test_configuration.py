"""Half a configuration of single sign-on does not start."""

import pytest
from django.core.checks import CheckMessage
from pytest_django.fixtures import Settings

from console.checks import check_single_sign_on
from tests.server import Gatehouse

GOOD = {"ISSUER": "https://login.example.com/tenant", "CLIENT_ID": "gatehouse", "CLIENT_SECRET": "secret"}


def found(settings: Settings, **values: str) -> list[CheckMessage]:
    for name in GOOD:
        setattr(settings, f"GATEHOUSE_OIDC_{name}", values.get(name, ""))
    return check_single_sign_on(None)


def test_all_or_nothing(settings: Settings) -> None:
    assert found(settings) == []
    assert found(settings, **GOOD) == []


@pytest.mark.parametrize("given", [("ISSUER",), ("CLIENT_ID",), ("CLIENT_SECRET",), ("ISSUER", "CLIENT_ID")])
def test_a_part_of_it_is_an_error_that_names_the_rest(settings: Settings, given: tuple[str, ...]) -> None:
    (error,) = found(settings, **{name: GOOD[name] for name in given})
    assert error.id == "gatehouse.E210"
    for name in GOOD:
        assert (f"GATEHOUSE_OIDC_{name}" in error.msg) is (name not in given)


@pytest.mark.parametrize(
    ("issuer", "id_"),
    [
        ("http://login.example.com", "gatehouse.E211"),
        ("login.example.com", "gatehouse.E211"),
        ("https://", "gatehouse.E211"),
        ("http://[", "gatehouse.E211"),
        ("ftp://login.example.com", "gatehouse.E211"),
        ("https://login.example.com/.well-known/openid-configuration", "gatehouse.E212"),
        ("https://login.example.com?tenant=1", "gatehouse.E212"),
        ("https://login.example.com/#x", "gatehouse.E212"),
        (f"https://login.example.com/{'x' * 200}", "gatehouse.E212"),
    ],
)
def test_what_is_no_issuer(settings: Settings, issuer: str, id_: str) -> None:
    assert [error.id for error in found(settings, **{**GOOD, "ISSUER": issuer})] == [id_]


@pytest.mark.parametrize("issuer", ["http://localhost:9400", "http://127.0.0.1:9400", "http://[::1]:9400"])
def test_a_provider_on_this_machine_needs_no_tls(settings: Settings, issuer: str) -> None:
    assert found(settings, **{**GOOD, "ISSUER": issuer}) == []


@pytest.mark.server
def test_the_secret_can_be_read_from_a_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("configured")
    secret = directory / "client-secret"
    secret.write_text("from a file\n")
    environment = {
        "GATEHOUSE_OIDC_ISSUER": "https://login.example.com/",
        "GATEHOUSE_OIDC_CLIENT_ID": "gatehouse",
        "GATEHOUSE_OIDC_CLIENT_SECRET_FILE": str(secret),
    }
    code = "from django.conf import settings as s; print(s.GATEHOUSE_OIDC_ISSUER, s.GATEHOUSE_OIDC_CLIENT_SECRET)"
    running = Gatehouse(directory, environment=environment)
    assert running.shell(code).strip() == "https://login.example.com from a file"
    del environment["GATEHOUSE_OIDC_CLIENT_ID"]
    refused = Gatehouse(directory, environment=environment).manage("check", check=False)
    assert refused.returncode == 1
    assert "gatehouse.E210" in refused.stderr
