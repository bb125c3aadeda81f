"""Whose request is this? The socket peer, unless that is a proxy we were told to trust.

Then `X-Forwarded-For` is walked from the right, past trusted hops, and the first address that is not one of them is
the client: everything to its left was written by the client and proves nothing. `Forwarded`, `X-Real-IP` and the like
are not read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ipsubnets.addresses import Address, parse_address
from ipsubnets.networks import NotANetwork, parse_network
from ipsubnets.ranges import AddressRanges

UNIX_SOCKET = "unix"
"""The word that, in the setting, trusts peers without an address."""

_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([0-9.]+):([0-9]{1,5})")
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, eq=False)
class TrustedProxies:
    """The peers whose `X-Forwarded-For` is believed."""

    ranges: AddressRanges
    unix_socket: bool = False

    @classmethod
    def parse(cls, setting: str) -> "TrustedProxies":
        """Networks separated by commas or spaces, and the word `unix`. Raises `NotANetwork`."""
        words = setting.replace(",", " ").split()
        networks = [parse_network(word) for word in words if word != UNIX_SOCKET]
        ranges = AddressRanges((network.version, network.first, network.last) for network in networks)
        return cls(ranges, UNIX_SOCKET in words)


NO_PROXIES = TrustedProxies(AddressRanges.empty())


def client_address(peer: str | None, forwarded_for: Sequence[bytes], trusted: TrustedProxies) -> Address | None:
    """The client's address, or None when it cannot be known: such a request is from nowhere and allowed nowhere.

    `peer` is the socket's other end, None for a unix socket; `forwarded_for` the values of every `X-Forwarded-For`
    header in the order received. An element that does not parse makes the answer None, an empty one too: a proxy
    that could not name its client has not vouched for what stands to the left.
    """
    if peer:
        nearest = parse_address(peer)
        if nearest is None or nearest not in trusted.ranges:
            return nearest
    elif trusted.unix_socket:
        nearest = None
    else:
        return None
    return _walk(",".join(value.decode("latin-1") for value in forwarded_for), nearest, trusted)


def _walk(elements: str, nearest: Address | None, trusted: TrustedProxies) -> Address | None:
    if not elements.strip(" \t"):
        return nearest
    end = len(elements)
    while end >= 0:
        start = elements.rfind(",", 0, end)
        nearest = parse_hop(elements[start + 1 : end])
        if nearest is None or nearest not in trusted.ranges:
            return nearest
        end = start
    return nearest


def parse_hop(element: str) -> Address | None:
    """One element of `X-Forwarded-For`: an address, alone or with a port, IPv6 with or without brackets."""
    element = element.strip(" \t")
    bracketed = _BRACKETED.fullmatch(element)
    match = bracketed or _WITH_PORT.fullmatch(element)
    if match is None:
        return parse_address(element)
    address, port = match.groups()
    if int(port or 0) > _HIGHEST_PORT or (bracketed and ":" not in address):
        return None
    return parse_address(address)


__all__ = ["NO_PROXIES", "NotANetwork", "TrustedProxies", "client_address", "parse_hop"]
