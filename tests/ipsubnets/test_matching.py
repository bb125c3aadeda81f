"""An address against many networks: the answer is the standard library's, on whatever boundary it lies."""

import ipaddress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ipsubnets.addresses import Address, parse_address
from ipsubnets.networks import parse_network
from ipsubnets.ranges import AddressRanges
from ipsubnets.selectors import live_subnet_covering
from tests.cast import Cast, list_network

WIDTHS = {4: 32, 6: 128}
Range = tuple[int, int, int]


def network_in(version: int, value: int, length: int) -> Range:
    hosts = WIDTHS[version] - length
    first = value >> hosts << hosts
    return version, first, first + (1 << hosts) - 1


def crowded_networks(version: int) -> st.SearchStrategy[Range]:
    """Networks that overlap, touch and contain one another, many of them at the ends of the address space."""
    top = 2 ** WIDTHS[version] - 1
    values = st.sampled_from([0, top, 10 << 8, top // 2]).flatmap(
        lambda base: st.integers(max(0, base - 600), min(top, base + 600))
    ) | st.integers(0, top)
    lengths = st.integers(WIDTHS[version] - 10, WIDTHS[version]) | st.integers(0, WIDTHS[version])
    return st.tuples(values, lengths).map(lambda drawn: network_in(version, *drawn))


@given(st.lists(crowded_networks(4) | crowded_networks(6), max_size=30), st.data())
def test_ranges_hold_exactly_the_addresses_of_their_networks(networks: list[Range], data: st.DataObject) -> None:
    ranges = AddressRanges(networks)
    edges = [
        (version, edge + step) for version, first, last in networks for edge in (first, last) for step in (-1, 0, 1)
    ]
    anywhere = data.draw(st.lists(st.integers(0, 2**32 - 1), max_size=5))
    for version, value in [*edges, *((4, value) for value in anywhere), *((6, value) for value in anywhere)]:
        if 0 <= value < 2 ** WIDTHS[version]:
            expected = any(v == version and first <= value <= last for v, first, last in networks)
            assert (Address("", version, value) in ranges) is expected


@given(st.lists(crowded_networks(4) | crowded_networks(6), min_size=1, max_size=8), st.data())
def test_text_goes_the_whole_way_as_in_the_standard_library(networks: list[Range], data: st.DataObject) -> None:
    """From what is typed and what a socket reports to the answer."""
    for version, *ends in networks:  # of a range that ends among the IPv4-mapped addresses there is no such text
        assume(len({_as_ip(version, end).version for end in ends}) == 1)
    typed = [
        str(next(ipaddress.summarize_address_range(_as_ip(v, first), _as_ip(v, last)))) for v, first, last in networks
    ]
    read = [parse_network(text) for text in typed]
    ranges = AddressRanges((network.version, network.first, network.last) for network in read)
    version, first, last = data.draw(st.sampled_from(networks))
    value = data.draw(st.integers(max(0, first - 2), min(2 ** WIDTHS[version] - 1, last + 2)))
    client = _as_ip(version, value)
    address = parse_address(str(client))
    assert address is not None
    assert (address in ranges) is any(client in ipaddress.ip_network(text) for text in typed)


def _as_ip(version: int, value: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.IPv4Address(value) if version == 4 else ipaddress.IPv6Address(value)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def test_families_are_apart() -> None:
    """`::/0` lets no IPv4 client in, in whatever form it arrives, and `0.0.0.0/0` no IPv6 client."""
    everything = {version: AddressRanges([network_in(version, 0, 0)]) for version in WIDTHS}
    for text, version in (("0.0.0.1", 4), ("::ffff:0.0.0.1", 4), ("::1", 6), ("::2:0.0.0.1", 6)):
        address = parse_address(text)
        assert address is not None
        assert address in everything[version]
        assert address not in everything[10 - version]


def test_no_networks_hold_nothing() -> None:
    assert not AddressRanges.empty()
    assert Address("", 4, 0) not in AddressRanges.empty()


@given(st.integers(0, 2**32 - 1))
def test_a_mapped_address_is_the_ipv4_address_however_it_is_spelled(value: int) -> None:
    ipv4 = ipaddress.IPv4Address(value)
    high, low = divmod(value, 65536)
    plain = parse_address(str(ipv4))
    assert plain == (str(ipv4), 4, value)
    for spelled in (f"::ffff:{ipv4}", f"::FFFF:{high:x}:{low:x}", f"0:0:0:0:0:ffff:{high:04x}:{low:04x}"):
        assert parse_address(spelled) == plain


@given(st.integers(0, 2**128 - 1) | st.integers(0, 2**48))
def test_an_ipv6_address_has_one_text(value: int) -> None:
    ipv6 = ipaddress.IPv6Address(value)
    read = {parse_address(text) for text in (ipv6.compressed, ipv6.exploded, ipv6.exploded.upper())}
    assert len(read) == 1
    [address] = read
    assert address is not None
    assert address == parse_address(address.text)
    assert ipaddress.ip_address(address.text) == (ipv6.ipv4_mapped or ipv6)
    if value >= 2**48:  # below, RFC 5952 leaves a choice: ::192.0.2.1
        assert address.text == ipv6.compressed


@given(st.text(st.sampled_from("0123456789abf.:/%[]x \x00٣") | st.characters(), max_size=40))
def test_any_text_is_an_address_or_none(text: str) -> None:
    address = parse_address(text)
    if address is None:
        return
    expected = ipaddress.ip_address(text)
    mapped = expected.ipv4_mapped if isinstance(expected, ipaddress.IPv6Address) else None
    assert address.value == int(mapped or expected)


EDGES = {
    "0.0.0.0/31": ["0.0.0.1"],
    "9.255.255.255": ["9.255.255.255"],
    "10.0.0.0/9": ["10.0.0.0", "10.127.255.255"],
    "255.255.255.254/31": ["255.255.255.254", "255.255.255.255"],
    "::/128": ["::"],
    "2001:db8::/33": ["2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"],
    "ffff::/16": ["ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
}
OUTSIDE = ["0.0.0.2", "9.255.255.254", "10.128.0.0", "255.255.255.253", "::1", "2001:db7:ffff::", "2001:db8:8000::"]


@pytest.mark.parametrize("other", OUTSIDE)
def test_the_database_agrees_on_the_edges(cast: Cast, other: str) -> None:
    """The pages and `ipsubnet check` ask the database, the gate its ranges."""
    for network in EDGES:
        list_network(cast.acme, network)
    for network, addresses in EDGES.items():
        for text in addresses:
            address = parse_address(text)
            assert address is not None
            covering = live_subnet_covering(cast.acme, address)
            assert covering is not None
            assert covering.network == str(parse_network(network))
    outside = parse_address(other)
    assert outside is not None
    assert live_subnet_covering(cast.acme, outside) is None
    assert live_subnet_covering(cast.globex, outside) is None
