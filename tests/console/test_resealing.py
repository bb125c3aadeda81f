"""Gus replaces the sealing key: everything sealed goes on opening, and the old key can be thrown away."""

import base64
import secrets
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from apikeys.models import SealedCopy
from apikeys.services import GeneratedKey, open_sealed_copy
from console.sealed_secrets import missing_sealing_keys
from tests.cast import BY_TESTS, Cast, make_key
from tests.identity.codes import code
from tests.identity.visitor import Visitor, signed_in
from tests.server import Gatehouse


def keyring(*numbers: int) -> str:
    return ",".join(f"{number}:{base64.b64encode(secrets.token_bytes(32)).decode()}" for number in numbers)


OLD, NEW = keyring(1), keyring(2)


@pytest.fixture
def made(cast: Cast, settings: Settings) -> GeneratedKey:
    settings.GATEHOUSE_SEALING_KEYS = OLD
    return make_key(cast.acme, cast.dev, sealed=True)


@pytest.fixture
def app_secret(cast: Cast, made: GeneratedKey) -> str:
    """Of Vic's authenticator app, set up while the old key was the newest."""
    return signed_in(cast.vic, proved=True).set_up_app()


def reseal() -> str:
    out = StringIO()
    call_command("reseal", stdout=out)
    return out.getvalue()


def test_keys_and_second_factors_open_with_the_new_key_alone(
    cast: Cast, made: GeneratedKey, app_secret: str, settings: Settings
) -> None:
    settings.GATEHOUSE_SEALING_KEYS = f"{OLD},{NEW}"
    assert "1 copies of keys, 2 second factors" in reseal()
    settings.GATEHOUSE_SEALING_KEYS = NEW
    assert missing_sealing_keys() == {}
    assert open_sealed_copy(apikey=made.apikey, actor=BY_TESTS) == made.text
    vic = Visitor()
    vic.sign_in(cast.vic.email)
    vic.post("/accounts/2fa/authenticate/", {"code": code(app_secret, steps=1)})
    assert vic.is_in()


def test_doing_it_again_changes_nothing(made: GeneratedKey, settings: Settings) -> None:
    settings.GATEHOUSE_SEALING_KEYS = f"{OLD},{NEW}"
    reseal()
    before = bytes(SealedCopy.objects.get().sealed)
    assert "0 copies of keys, 0 second factors" in reseal()
    assert bytes(SealedCopy.objects.get().sealed) == before


def test_what_does_not_open_stays_and_is_named(cast: Cast, made: GeneratedKey, settings: Settings) -> None:
    other = make_key(cast.acme, cast.dev, "another", sealed=True)
    SealedCopy.objects.filter(key=other.apikey).update(sealed=b"tampered with" * 9)
    settings.GATEHOUSE_SEALING_KEYS = f"{OLD},{NEW}"
    with pytest.raises(CommandError, match=f"The sealed copy of key {other.apikey.pk}"):
        reseal()
    assert open_sealed_copy(apikey=made.apikey, actor=BY_TESTS) == made.text


def test_a_number_that_is_missing_is_named_with_what_needs_it(
    made: GeneratedKey, app_secret: str, settings: Settings
) -> None:
    settings.GATEHOUSE_SEALING_KEYS = NEW
    assert missing_sealing_keys() == {1: "1 sealed key and 2 second factors"}
    with pytest.raises(CommandError, match="Sealing key number 1 is not configured"):
        reseal()


@pytest.mark.server
def test_the_server_does_not_start_without_it(tmp_path: Path) -> None:
    acme = Gatehouse(tmp_path, environment={"GATEHOUSE_SEALING_KEYS": OLD})
    acme.manage("migrate", "-v", "0")
    acme.shell(
        "from tests.cast import make_cast, make_key; cast = make_cast(); make_key(cast.acme, cast.dev, sealed=True)"
    )
    acme.environment["GATEHOUSE_SEALING_KEYS"] = NEW
    refused = acme.manage("serve", check=False)
    assert refused.returncode != 0
    assert "lacks sealing key number 1, which 1 sealed key cannot be opened without" in refused.stderr
