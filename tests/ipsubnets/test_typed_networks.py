"""People type networks: what is read, what is refused, and what they are told to type instead."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipsubnets.networks import HostBitsSet, Network, NotANetwork, parse_network

READ = {
    "203.0.113.7": "203.0.113.7/32",
    "203.0.113.0/24": "203.0.113.0/24",
    "  203.0.113.7\t": "203.0.113.7/32",
    "\u00a0203.0.113.7\u2003": "203.0.113.7/32",
    "0.0.0.1": "0.0.0.1/32",
    "255.255.255.255/32": "255.255.255.255/32",
    "0.0.0.0/0": "0.0.0.0/0",
    "2001:db8::1": "2001:db8::1/128",
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1/128",
    "2001:0db8::/32": "2001:db8::/32",
    "::1": "::1/128",
    "::/0": "::/0",
    "::ffff:203.0.113.7": "203.0.113.7/32",
    "::FFFF:cb00:7107": "203.0.113.7/32",
    "0:0:0:0:0:ffff:203.0.113.0/120": "203.0.113.0/24",
    "::ffff:0:0/96": "0.0.0.0/0",
}

FOUR_NUMBERS = "IPv4 has exactly four numbers"
NOT_A_LENGTH = "is not a prefix length"
NO_NETWORK = "is not an IP address or network"

REFUSED = {
    "": "Enter an IP address or a network",
    " \t": "Enter an IP address or a network",
    "10.0.0.1/33": "for IPv4 it is a whole number from 0 to 32",
    "2001:db8::/129": "for IPv6 it is a whole number from 0 to 128",
    "300.1.1.1": "each of the four numbers is at most 255",
    "010.0.0.1": "leading zeros",
    "10.0.0.08": "leading zeros",
    "1": FOUR_NUMBERS,
    "3405803783": FOUR_NUMBERS,
    "127.1": FOUR_NUMBERS,
    "1.2.3.4.5": FOUR_NUMBERS,
    "1.2.3.": FOUR_NUMBERS,
    "0x7f.1": "is not in decimal",
    "0x7f000001": "is not in decimal",
    "0X7F.0.0.1": "is not in decimal",
    "::1%eth0": "zone id",
    "fe80::1%25eth0/64": "zone id",
    "10.0.0.0/": NOT_A_LENGTH,
    "10.0.0.0/08": NOT_A_LENGTH,
    "10.0.0.0/-1": NOT_A_LENGTH,
    "10.0.0.0/+8": NOT_A_LENGTH,
    "10.0.0.0/8/8": NOT_A_LENGTH,
    "10.0.0.0/ 8": NOT_A_LENGTH,
    "10.0.0.0/255.0.0.0": NOT_A_LENGTH,
    "10.0.0.0/٨": NOT_A_LENGTH,
    "/8": NO_NETWORK,
    "10.0.0.0 /8": NO_NETWORK,
    "١٢٧.0.0.1": NO_NETWORK,
    "１２７.0.0.1": NO_NETWORK,
    "127.0.0.1\x00": NO_NETWORK,
    "\x00": NO_NETWORK,
    "127.0.0.1\n127.0.0.2": NO_NETWORK,
    "127.0.0.1,127.0.0.2": NO_NETWORK,
    "127.0.0.1:8000": NO_NETWORK,
    "[::1]": NO_NETWORK,
    "2001:db8": NO_NETWORK,
    "2001::db8::1": NO_NETWORK,
    "12345::": NO_NETWORK,
    "::ffff:1.2.3": NO_NETWORK,
    "::1.2.3.04": NO_NETWORK,
    "10.0.0.*": NO_NETWORK,
    "10.0.0.1-10.0.0.9": NO_NETWORK,
    "vpn.acme.example": NO_NETWORK,
    "<script>alert(1)</script>": NO_NETWORK,
    "\udcff": NO_NETWORK,
}

PROPOSED = {
    "203.0.113.7/24": ("203.0.113.0/24", "203.0.113.7"),
    "255.255.255.255/0": ("0.0.0.0/0", "255.255.255.255"),
    "2001:db8::1/32": ("2001:db8::/32", "2001:db8::1"),
    "::ffff:203.0.113.7/120": ("203.0.113.0/24", "203.0.113.7"),
}


@pytest.mark.parametrize(("typed", "network"), READ.items())
def test_networks_are_read_in_their_canonical_form(typed: str, network: str) -> None:
    read = parse_network(typed)
    assert str(read) == network
    assert parse_network(network) == read


@pytest.mark.parametrize(("typed", "told"), REFUSED.items())
def test_what_is_no_network_is_refused_with_the_reason(typed: str, told: str) -> None:
    with pytest.raises(NotANetwork) as refused:
        parse_network(typed)
    assert told in str(refused.value)


@pytest.mark.parametrize("typed", ["1" * 1_000_000, "1." * 500_000, "::" * 500_000, "10.0.0.0/" + "9" * 1_000_000])
def test_a_huge_text_is_refused_with_a_short_message(typed: str) -> None:
    with pytest.raises(NotANetwork) as refused:
        parse_network(typed)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(("typed", "meant"), PROPOSED.items())
def test_host_bits_lead_to_a_proposal(typed: str, meant: tuple[str, str]) -> None:
    with pytest.raises(HostBitsSet) as refused:
        parse_network(typed)
    assert (str(refused.value.proposal), refused.value.address) == meant
    assert all(part in str(refused.value) for part in (typed, *meant))


@pytest.mark.parametrize(
    ("network", "wide"),
    [
        ("0.0.0.0/0", True),
        ("0.0.0.0/7", True),
        ("10.0.0.0/8", False),
        ("::/0", True),
        ("2000::/31", True),
        ("2001:db8::/32", False),
        ("::ffff:0:0/96", True),
        ("::ffff:0.0.0.0/104", False),
    ],
)
def test_which_networks_need_a_confirmation(network: str, wide: bool) -> None:
    assert parse_network(network).is_wide is wide


def networks() -> st.SearchStrategy[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks of both families, of every length."""
    v4 = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32))
    v6 = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128))
    return st.one_of(
        v4.map(lambda drawn: ipaddress.IPv4Network(drawn, strict=False)),
        v6.map(lambda drawn: ipaddress.IPv6Network(drawn, strict=False)),
    )


@given(networks())
def test_any_network_is_read_as_the_standard_library_reads_it(network: ipaddress.IPv4Network) -> None:
    for spelled in (network.compressed, network.exploded, network.compressed.upper()):
        read = parse_network(spelled)
        assert (read.version, read.first, read.last, read.prefix_length) == (
            network.version,
            int(network.network_address),
            int(network.broadcast_address),
            network.prefixlen,
        )
        assert ipaddress.ip_network(read.cidr) == network
        assert read.size == network.num_addresses


def _read_or_proposed(typed: str) -> Network | None:
    try:
        return parse_network(typed)
    except HostBitsSet as refused:
        return refused.proposal
    except NotANetwork:
        return None


@given(st.text(st.sampled_from("0123456789abfxF.:/% \t\x00²٣") | st.characters(), max_size=50))
def test_any_text_is_a_network_or_is_refused(typed: str) -> None:
    network = _read_or_proposed(typed)
    if network is None:
        return
    assert parse_network(str(network)) == network
    assert ipaddress.ip_network(typed.strip(), strict=False).num_addresses >= network.size
