"""One address, read strictly: the form every other part of the gate works with."""

import socket
from typing import Final, NamedTuple

MAPPED_PREFIX: Final = b"\x00" * 10 + b"\xff\xff"


class Address(NamedTuple):
    """An address of a client. `text` is canonical (RFC 5952 for IPv6), `value` the unsigned integer it stands for."""

    text: str
    version: int
    value: int


def parse_address(text: str) -> Address | None:
    """The address, or None for anything that is not exactly one.

    Strict (`inet_pton`): four decimal parts without leading zeros, or RFC 4291 text; no ports, brackets, zone ids or
    spaces. An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, in any spelling) is the IPv4 address: a dual-stack
    socket reports IPv4 clients that way.
    """
    try:
        return Address(text, 4, int.from_bytes(socket.inet_pton(socket.AF_INET, text), "big"))
    except (OSError, ValueError):
        pass
    try:
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None
    if packed.startswith(MAPPED_PREFIX):
        packed = packed[12:]
        return Address(socket.inet_ntop(socket.AF_INET, packed), 4, int.from_bytes(packed, "big"))
    return Address(socket.inet_ntop(socket.AF_INET6, packed), 6, int.from_bytes(packed, "big"))
