"""Reading the networks that people type: strictly, and with an error that says what to type instead."""

import re
from dataclasses import dataclass

from netaddr import INET_PTON, AddrFormatError, IPAddress, IPNetwork

WIDE_BELOW = {4: 8, 6: 32}
"""A network with a shorter prefix than this is accepted only after an explicit confirmation."""


class NotANetwork(ValueError):
    """What was typed is not a network. The message is for the person who typed it."""


class HostBitsSet(NotANetwork):
    """An address inside a network was given with the network's length: `proposal` is the network it would be."""

    def __init__(self, text: str, proposal: "Network", address: str) -> None:
        super().__init__(
            f"{text} has host bits set. Did you mean the network {proposal}, or the one address {address}?"
        )
        self.proposal = proposal
        self.address = address


@dataclass(frozen=True, slots=True)
class Network:
    """A normalised network. `first` and `last` are its outermost addresses as integers."""

    cidr: str
    version: int
    first: int
    last: int
    prefix_length: int

    def __str__(self) -> str:
        return self.cidr

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    @property
    def is_wide(self) -> bool:
        return self.prefix_length < WIDE_BELOW[self.version]


def parse_network(text: str) -> Network:
    """A single address or a CIDR block of either family; an IPv4-mapped IPv6 network is the IPv4 network.

    Raises `HostBitsSet` where a network can be proposed, `NotANetwork` for everything else.
    """
    text = text.strip()
    if not text:
        raise NotANetwork("Enter an IP address or a network, such as 203.0.113.7 or 203.0.113.0/24.")
    address_text, slash, length_text = text.partition("/")
    if "%" in address_text:
        raise NotANetwork("A zone id (the part after “%”) means something on one machine only; leave it out.")
    try:
        address = IPAddress(address_text, flags=INET_PTON)
    except (AddrFormatError, ValueError, TypeError, UnicodeError):
        raise NotANetwork(_why_not_an_address(address_text)) from None
    width = 32 if address.version == 4 else 128
    length = _prefix_length(length_text, width) if slash else width
    if address.is_ipv4_mapped() and length >= 96:
        address, length, width = address.ipv4(), length - 96, 32
    block = IPNetwork(f"{address}/{length}")
    network = Network(
        cidr=str(block.cidr),
        version=block.version,
        first=block.first,
        last=block.last,
        prefix_length=length,
    )
    if address.value != block.first:
        raise HostBitsSet(text, network, str(address))
    return network


def _prefix_length(text: str, width: int) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or (len(text) > 1 and text[0] == "0") or int(text) > width:
        family = "IPv4" if width == 32 else "IPv6"
        raise NotANetwork(
            f"“/{text[:40]}” is not a prefix length: for {family} it is a whole number from 0 to {width}."
        )
    return int(text)


def _why_not_an_address(text: str) -> str:
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    if re.fullmatch(r"[0-9.]+", text):
        parts = text.split(".")
        if len(parts) != 4 or not all(parts):
            return f"“{shown}” is not an IP address: IPv4 has exactly four numbers, such as 203.0.113.7."
        if any(len(part) > 1 and part[0] == "0" for part in parts):
            return f"“{shown}” has leading zeros, which some programs read as octal; write the numbers without them."
        return f"“{shown}” is not an IP address: each of the four numbers is at most 255."
    if re.fullmatch(r"(0[xX])?[0-9a-fA-F.xX]+", text) and "x" in text.lower():
        return f"“{shown}” is not in decimal: write an IPv4 address as four decimal numbers, such as 127.0.0.1."
    return f"“{shown}” is not an IP address or network, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."
