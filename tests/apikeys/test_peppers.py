"""Peppers: what the database keeps of a key is worth nothing without them, and they can be replaced."""

import base64
import hashlib
import hmac
import logging
import secrets

import pytest
from pytest_django.fixtures import Settings

from apikeys.digests import BadKeyring, digest, newest_pepper, parse_keyring, peppers
from apikeys.models import ApiKey
from console.enforcement.gate import gate
from tests.cast import Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient

DATASETS = "/api/v1/datasets"


def entry(number: int, secret: bytes | None = None) -> str:
    return f"{number}:{base64.b64encode(secret or secrets.token_bytes(32)).decode()}"


FIRST, SECOND = entry(1), entry(2)


def statuses(front_door: FrontDoorClient, *keys: str) -> list[int]:
    """As after a restart: peppers come from the environment."""
    gate.cache_clear()
    return [front_door.get(DATASETS, key=key).status for key in keys]


def test_the_digest_is_an_hmac_and_the_key_is_nowhere(cast: Cast, settings: Settings) -> None:
    pepper = secrets.token_bytes(32)
    settings.GATEHOUSE_KEY_PEPPERS = entry(7, pepper)
    made = make_key(cast.acme, cast.dev)
    row = ApiKey.objects.get(pk=made.apikey.pk)
    assert row.pepper == 7
    assert bytes(row.digest) == hmac.new(pepper, made.text.encode(), hashlib.sha256).digest()
    assert digest(made.text, pepper) != digest(made.text, bytes(32)) != hashlib.sha256(made.text.encode()).digest()


def test_new_keys_use_the_newest_pepper_and_old_keys_keep_working(
    front_door: FrontDoorClient, cast: Cast, settings: Settings
) -> None:
    list_network(cast.acme, OFFICE)
    settings.GATEHOUSE_KEY_PEPPERS = FIRST
    old = make_key(cast.acme, cast.dev, "old")
    settings.GATEHOUSE_KEY_PEPPERS = f"{SECOND}, {FIRST}"
    new = make_key(cast.acme, cast.dev, "new")
    assert (old.apikey.pepper, new.apikey.pepper) == (1, 2)
    assert statuses(front_door, old.text, new.text) == [200, 200]


def test_without_its_pepper_a_key_is_refused_and_the_log_says_which(
    front_door: FrontDoorClient, cast: Cast, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    list_network(cast.acme, OFFICE)
    settings.GATEHOUSE_KEY_PEPPERS = f"{FIRST},{SECOND}"
    made = make_key(cast.acme, cast.dev)
    settings.GATEHOUSE_KEY_PEPPERS = FIRST
    with caplog.at_level(logging.ERROR):
        assert statuses(front_door, made.text) == [401]
    assert made.apikey.pk in caplog.text
    assert "pepper number 2" in caplog.text
    assert made.text not in caplog.text
    settings.GATEHOUSE_KEY_PEPPERS = f"{FIRST},{SECOND}"
    assert statuses(front_door, made.text) == [200]


def test_another_pepper_under_the_same_number_fits_no_key(
    front_door: FrontDoorClient, cast: Cast, settings: Settings
) -> None:
    list_network(cast.acme, OFFICE)
    settings.GATEHOUSE_KEY_PEPPERS = FIRST
    made = make_key(cast.acme, cast.dev)
    settings.GATEHOUSE_KEY_PEPPERS = entry(1)
    assert statuses(front_door, made.text) == [401]


@pytest.mark.parametrize("separator", [",", " ", ", ", "\n", " ,\t"])
def test_keyrings_are_lists(settings: Settings, separator: str) -> None:
    settings.GATEHOUSE_KEY_PEPPERS = separator.join([entry(3), entry(10), entry(9)])
    assert sorted(peppers()) == [3, 9, 10]
    assert newest_pepper() == 10


def test_both_alphabets_of_base64_are_read() -> None:
    secret = b"\xfb\xff" * 16
    standard, for_urls = base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()
    assert "+" in standard
    assert "-" in for_urls
    assert parse_keyring(f"1:{standard},2:{for_urls}") == {1: secret, 2: secret}


SECRET = base64.b64encode(b"a secret that nobody may see....").decode()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("", "it is empty"),
        (" , ", "it is empty"),
        (SECRET, "entry 1 is not of the form"),
        (f"{entry(1)},{SECRET}", "entry 2 is not of the form"),
        (f"0:{SECRET}", "entry 1 is not of the form"),
        (f"01:{SECRET}", "entry 1 is not of the form"),
        (f"-1:{SECRET}", "entry 1 is not of the form"),
        (f"one:{SECRET}", "entry 1 is not of the form"),
        (f"1:{SECRET}:", "entry 1 is not of the form"),
        (f"1={SECRET}", "entry 1 is not of the form"),
        (f"1:“{SECRET}”", "entry 1 is not of the form"),
        (f"1:{SECRET[:-3]}", "number 1 is not base64"),
        (f"1:{SECRET},1:{SECRET}", "number 1 appears twice"),
        (f"1:{SECRET[:40]}", "number 1 must have at least 32 bytes"),
        (f"32768:{SECRET}", "number 32768 is higher than 32767"),
        (f"99999:{SECRET}", "number 99999 is higher than 32767"),
    ],
)
def test_a_keyring_that_cannot_be_read_is_refused_without_quoting_it(setting: str, told: str) -> None:
    with pytest.raises(BadKeyring) as refused:
        parse_keyring(setting)
    assert told in str(refused.value)
    assert SECRET[:12] not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_sealing_keys_have_exactly_their_length() -> None:
    assert parse_keyring(entry(1, bytes(32)), length=32) == {1: bytes(32)}
    with pytest.raises(BadKeyring, match="must have 32 bytes"):
        parse_keyring(entry(1, bytes(33)), length=32)
    assert parse_keyring(entry(1, bytes(33))) == {1: bytes(33)}


def test_the_highest_number_fits_into_the_database(cast: Cast, settings: Settings) -> None:
    settings.GATEHOUSE_KEY_PEPPERS = settings.GATEHOUSE_SEALING_KEYS = entry(32_767)
    made = make_key(cast.acme, cast.dev, sealed=True)
    assert ApiKey.objects.get(pk=made.apikey.pk).pepper == 32_767
