"""The program that asks Gatehouse on behalf of Apache: how it reads FastCGI, whatever is sent to it."""

import importlib.util
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deploy.recipes import DEPLOY
from tests.deploy.upstream import refusing_port


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gatehouse_authorizer", DEPLOY / "apache/gatehouse_authorizer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


fastcgi: Any = _load()

TEXTS = st.text(st.characters(codec="latin-1"), max_size=300)


def length(number: int, *, long: bool) -> bytes:
    return (number | 0x80000000).to_bytes(4, "big") if long or number > 127 else bytes([number])


def encoded(pairs: dict[str, str], *, long: bool = False) -> bytes:
    return b"".join(
        length(len(name), long=long) + length(len(value), long=long) + name.encode("latin-1") + value.encode("latin-1")
        for name, value in pairs.items()
    )


def record(kind: int, content: bytes, padding: int = 0) -> bytes:
    return bytes(fastcgi.HEADER.pack(1, kind, 1, len(content), padding)) + content + bytes(padding)


@given(st.dictionaries(TEXTS, TEXTS, max_size=8), st.booleans())
def test_pairs_are_read_as_they_were_written(pairs: dict[str, str], long: bool) -> None:
    assert fastcgi.decode_pairs(encoded(pairs, long=long)) == pairs


@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=4), st.data())
def test_pairs_that_were_cut_short_are_refused_or_whole(pairs: dict[str, str], data: st.DataObject) -> None:
    whole = encoded(pairs)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        found = fastcgi.decode_pairs(cut)
    except fastcgi.Malformed:
        return
    assert found.items() <= pairs.items()


@given(st.binary(max_size=200))
def test_any_bytes_are_pairs_or_malformed(data: bytes) -> None:
    with suppress(fastcgi.Malformed):
        assert all(isinstance(value, str) for value in fastcgi.decode_pairs(data).values())


@pytest.fixture
def authorizer() -> Iterator[Any]:
    """Running, with nothing at Gatehouse's address."""
    with (
        refusing_port() as nobody,
        fastcgi.Authorizer(("127.0.0.1", 0), f"http://127.0.0.1:{nobody}/authz") as server,
    ):
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def sent(authorizer: Any, data: bytes) -> bytes:
    with socket.create_connection(authorizer.server_address, timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def test_request_in_several_records_with_padding_is_answered(authorizer: Any) -> None:
    params = encoded({"REMOTE_ADDR": "198.51.100.7", "REQUEST_URI": "/a?b", "HTTP_AUTHORIZATION": "Bearer x"})
    answer = sent(
        authorizer,
        record(1, bytes([0, 2, 0, 0, 0, 0, 0, 0]))
        + record(4, params[:20], padding=5)
        + record(4, params[20:], padding=1)
        + record(4, b""),
    )
    assert b"Status: 503 Service Unavailable\r\n" in answer
    assert b'"code":"policy_unavailable"' in answer
    assert answer.endswith(record(3, bytes(8)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        record(4, b"\x05"),
        record(4, encoded({"REMOTE_ADDR": "198.51.100.7"})) + record(7, b""),
        record(4, b"\x80\x00\x00") + record(4, b""),
        record(4, encoded({"REQUEST_URI": "/"})) + record(4, b""),
    ],
    ids=["nothing", "HTTP", "no end", "another record", "cut short", "no address"],
)
def test_what_is_no_request_of_apaches_is_not_answered_with_a_yes(authorizer: Any, data: bytes) -> None:
    assert b"Status: 200" not in sent(authorizer, data)
    assert authorizer.ask({"REMOTE_ADDR": "198.51.100.7"}).startswith(b"Status: 503")
