"""A key is shown once. After that its text is nowhere: no table, no log, no representation of anything."""

import logging
import pickle
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apikeys import services
from apikeys.key_format import new_key
from console.enforcement.credentials import read_credential
from console.enforcement.gate import gate, usage
from console.enforcement.loading import load_key
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.front_door import OFFICE, FrontDoorClient


def every_byte_of_the_database() -> bytes:
    """Every value of every row of every table, binary ones as they are."""
    return b"\n".join(_values())


def _values() -> Iterator[bytes]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                for value in row:
                    yield bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


def secret_of(key: str) -> str:
    return key.rpartition("_")[2]


def test_the_search_would_find_a_key(cast: Cast) -> None:
    key = new_key("gate").text
    make_key(cast.acme, cast.dev, secret_of(key))
    assert secret_of(key).encode() in every_byte_of_the_database()


@pytest.mark.parametrize("sealed", [False, True])
def test_after_a_whole_life_the_key_is_nowhere(
    front_door: FrontDoorClient, cast: Cast, caplog: pytest.LogCaptureFixture, sealed: bool
) -> None:
    list_network(cast.acme, OFFICE)
    with caplog.at_level(logging.DEBUG):
        made = make_key(cast.acme, cast.dev, sealed=sealed)
        rotated = services.rotate_key(
            apikey=made.apikey, expires_at=timezone.now() + timedelta(days=1), reason="rotated", actor=BY_TESTS
        )
        texts = [made.text, rotated.text]
        for text in texts:
            front_door.get("/api/v1/datasets", key=text)
            front_door.get("/api/v1/datasets", key=text, address="203.0.113.9")
            front_door.get("/api/v1/datasets", headers=[("X-API-Key", text), ("X-API-Key", text)])
            front_door.get(f"/api/v1/{text}?api_key={text}", headers=[("Cookie", f"key={text}"), ("Referer", text)])
            front_door.get("/api/v1/datasets", key=text[:-1] + "!")
        usage().flush()
        if sealed:
            assert services.open_sealed_copy(apikey=made.apikey, actor=BY_TESTS) == made.text
        while_it_lives = every_byte_of_the_database()
        for apikey in (made.apikey, rotated.apikey):
            services.disable_key(apikey=apikey, reason="audit", actor=BY_TESTS)
            services.enable_key(apikey=apikey, actor=BY_TESTS)
            services.revoke_key(apikey=apikey, actor=BY_TESTS)
            services.delete_key(apikey=apikey, actor=BY_TESTS)
        front_door.get("/api/v1/datasets", key=made.text)
        usage().flush()
    afterwards = every_byte_of_the_database()
    assert made.apikey.pk.encode() in afterwards
    for text in texts:
        for trace in (text, secret_of(text), text[-38:-6]):
            assert trace.encode() not in while_it_lives
            assert trace.encode() not in afterwards
            assert trace not in caplog.text


def test_nothing_that_holds_a_key_shows_it(cast: Cast) -> None:
    list_network(cast.acme, OFFICE)
    made = make_key(cast.acme, cast.dev, sealed=True)
    policy = load_key(made.apikey.pk)
    assert policy is not None
    shown = "\n".join(
        f"{thing!r} {thing!s} {thing}"
        for thing in (
            made,
            new_key("gate"),
            made.apikey,
            policy,
            read_credential([b"Bearer " + made.text.encode()], []),
            gate().decide(read_credential([], [made.text.encode()]), None),
        )
    )
    assert made.apikey.pk in shown
    assert secret_of(made.text) not in shown
    assert "text=" not in shown
    assert "digest" not in shown
    assert "pepper" not in shown


def test_the_row_that_goes_to_pages_does_not_hold_it(cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, sealed=True)
    assert secret_of(made.text).encode() not in pickle.dumps(made.apikey)
