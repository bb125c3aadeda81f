"""A client that sends exactly what it is told: doubled headers, underscores, targets that no library would send."""

import itertools
import socket
from dataclasses import dataclass
from http.client import HTTPResponse
from json import loads
from typing import Any

Headers = list[tuple[str, str]]

IDENTITY = ("X-Gatehouse-Team", "X-Gatehouse-Key-Id", "X-Gatehouse-Key-Name", "X-Gatehouse-Owner", "X-Gatehouse-Scopes")
"""The headers by which a proxy tells the API who is asking."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = loads(self.body)
        return document


def request_bytes(method: str, target: str, headers: Headers, body: bytes = b"", *, chunked: bool = False) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: api.example.com"]
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        pieces = (body[at : at + 1000] for at in range(0, len(body), 1000))
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    elif body:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def exchange(port: int, method: str, data: bytes, *, address: str) -> Answer:
    """Send these bytes from `address`, one of 127.0.0.0/8, and read one answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(address, 0)) as connection:
        connection.sendall(data)
        return read_answer(connection, method)


def read_answer(connection: socket.socket, method: str) -> Answer:
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        response.close()


def twins(name: str) -> list[str]:
    """Every spelling of a header's name that a WSGI or CGI application takes for it, but its own."""
    parts = name.split("-")
    joints = itertools.product("-_", repeat=len(parts) - 1)
    return [parts[0] + "".join(map("".join, zip(joint, parts[1:], strict=True))) for joint in joints if "_" in joint]
