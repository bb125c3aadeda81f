"""What an address is for, by the registries of special-purpose addresses (RFC 6890; IANA, as of 2025).

Only public addresses are ever seen as clients by an API on the internet.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from ipsubnets.addresses import Address
from ipsubnets.networks import parse_network


class Space(StrEnum):
    """The value is how people call it, in front of “address”."""

    PUBLIC = "public"
    PRIVATE = "private"
    SHARED = "shared (carrier-grade NAT)"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    DOCUMENTATION = "documentation"
    RESERVED = "reserved"


class _Block(NamedTuple):
    version: int
    first: int
    last: int
    space: Space


_BLOCKS: Final = {
    Space.PRIVATE: "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7",  # RFC 1918, RFC 4193
    Space.SHARED: "100.64.0.0/10",  # RFC 6598
    Space.LOOPBACK: "127.0.0.0/8 ::1",
    Space.LINK_LOCAL: "169.254.0.0/16 fe80::/10",
    Space.DOCUMENTATION: "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20",  # RFC 5737, 3849, 9637
    # “This network”, IETF protocols, benchmarking, multicast, the former class E; of IPv6 whatever is not global
    # unicast, and of that the blocks for protocols and for discarding.
    Space.RESERVED: "0.0.0.0/8 192.0.0.0/24 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4 ::/3 4000::/2 8000::/1 2001::/23",
}
_TABLE: Final = tuple(
    _Block(network.version, network.first, network.last, space)
    for space, networks in _BLOCKS.items()
    for network in map(parse_network, networks.split())
)
"""The first that holds an address decides: `::1` is in `::/3` too."""


def space_of(address: Address) -> Space:
    return space_of_range(address.version, address.value, address.value)


def space_of_range(version: int, first: int, last: int) -> Space:
    """Of a network that lies wholly in one space; `PUBLIC` for one that has public addresses too."""
    for block in _TABLE:
        if block.version == version and block.first <= first and last <= block.last:
            return block.space
    return Space.PUBLIC
