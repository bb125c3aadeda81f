"""Whose request is it? Every form that people's proxies write, and everything that a client may write itself."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipsubnets.client_address import NO_PROXIES, NotANetwork, TrustedProxies, client_address, parse_hop

PROXIES = TrustedProxies.parse("10.0.0.0/8, 192.0.2.1 2001:db8:1::/48")
PROXY = "10.0.0.1"
CLIENT = "203.0.113.7"
CLIENT6 = "2001:db8:2::7"

HOPS = {
    CLIENT: CLIENT,
    f" \t{CLIENT} \t": CLIENT,
    f"{CLIENT}:443": CLIENT,
    f"{CLIENT}:65535": CLIENT,
    CLIENT6: CLIENT6,
    CLIENT6.upper(): CLIENT6,
    f"[{CLIENT6}]": CLIENT6,
    f"[{CLIENT6}]:51234": CLIENT6,
    f"::ffff:{CLIENT}": CLIENT,
    "::FFFF:cb00:7107": CLIENT,
    f"[::ffff:{CLIENT}]:443": CLIENT,
    "[::ffff:cb00:7107]": CLIENT,
    "": None,
    " ": None,
    "unknown": None,
    "_hidden": None,
    "_gazonk:17": None,
    "localhost": None,
    "client.acme.example": None,
    '"203.0.113.7"': None,
    f'"[{CLIENT6}]"': None,
    f"for={CLIENT}": None,
    "203.0.113": None,
    "203.0.113.07": None,
    "203.0.113.256": None,
    "0xcb.0.113.7": None,
    "3405803783": None,
    "203.0.113.7/32": None,
    f"{CLIENT}:": None,
    f"{CLIENT}:http": None,
    f"{CLIENT}:65536": None,
    f"{CLIENT}:123456": None,
    f"{CLIENT}:-1": None,
    f"{CLIENT} :443": None,
    f"{CLIENT}\n": None,
    f"{CLIENT}\x00": None,
    f"{CLIENT}\xa0": None,
    f"{CLIENT};{CLIENT}": None,
    f"{CLIENT} {CLIENT}": None,
    "fe80::1%eth0": None,
    "[fe80::1%25eth0]:80": None,
    f"[{CLIENT}]": None,
    f"[{CLIENT}]:80": None,
    f"[{CLIENT6}": None,
    f"{CLIENT6}]": None,
    f"[[{CLIENT6}]]": None,
    f"[{CLIENT6}]x": None,
    f"[{CLIENT6}]:": None,
    f"[{CLIENT6}]:99999": None,
    "[]": None,
    "[]:80": None,
    "٢٠٣.0.113.7": None,
}


@pytest.mark.parametrize(("element", "address"), HOPS.items())
def test_one_element(element: str, address: str | None) -> None:
    hop = parse_hop(element)
    assert (hop.text if hop else None) == address


UNIX_TOO = TrustedProxies.parse("10.0.0.0/8 unix")
EVERYTHING = TrustedProxies.parse("0.0.0.0/0 ::/0")

WALKS: dict[str, tuple[str | None, list[str], TrustedProxies, str | None]] = {
    "nobody in front": (CLIENT, [], PROXIES, CLIENT),
    "nobody in front, IPv6": (CLIENT6, [], PROXIES, CLIENT6),
    "dual-stack socket": (f"::ffff:{CLIENT}", [], PROXIES, CLIENT),
    "a client that forges": (CLIENT, ["198.51.100.1"], PROXIES, CLIENT),
    "a client that forges a proxy": (CLIENT, [PROXY], PROXIES, CLIENT),
    "no proxy is trusted": (PROXY, [CLIENT], NO_PROXIES, PROXY),
    "one proxy": (PROXY, [CLIENT], PROXIES, CLIENT),
    "one proxy, IPv6": ("2001:db8:1::1", [CLIENT6], PROXIES, CLIENT6),
    "one proxy, seen by a dual-stack socket": ("::ffff:10.0.0.1", [CLIENT], PROXIES, CLIENT),
    "a proxy that says nothing": (PROXY, [], PROXIES, PROXY),
    "a proxy that says nothing at length": (PROXY, [" \t"], PROXIES, PROXY),
    "two proxies": (PROXY, [f"{CLIENT}, 192.0.2.1"], PROXIES, CLIENT),
    "two proxies, no spaces": (PROXY, [f"{CLIENT},192.0.2.1"], PROXIES, CLIENT),
    "two proxies with ports": (PROXY, [f"{CLIENT}:1, 192.0.2.1:2, [2001:db8:1::9]:3"], PROXIES, CLIENT),
    "two proxies, a header each": (PROXY, [CLIENT, "192.0.2.1"], PROXIES, CLIENT),
    "headers in the order received": (PROXY, ["198.51.100.1", CLIENT], PROXIES, CLIENT),
    "a proxy that nobody trusts": (PROXY, [f"{CLIENT}, 198.51.100.1, 192.0.2.1"], PROXIES, "198.51.100.1"),
    "trusted all the way": (PROXY, ["10.9.9.9, 10.0.0.2"], PROXIES, "10.9.9.9"),
    "forged on the left": (PROXY, [f"127.0.0.1, {CLIENT}"], PROXIES, CLIENT),
    "a forged header before the proxy's": (PROXY, ["127.0.0.1", f"::1, {CLIENT}, 192.0.2.1"], PROXIES, CLIENT),
    "rubbish on the left": (PROXY, [f"unknown, , %$\x00, {CLIENT}"], PROXIES, CLIENT),
    "a hop that hides itself": (PROXY, [f"{CLIENT}, unknown"], PROXIES, None),
    "a hop that hides itself, further on": (PROXY, [f"{CLIENT}, _hidden, 192.0.2.1"], PROXIES, None),
    "an empty element on the right": (PROXY, [f"{CLIENT},"], PROXIES, None),
    "an empty element between": (PROXY, [f"{CLIENT}, , 192.0.2.1"], PROXIES, None),
    "an empty header on the right": (PROXY, [CLIENT, ""], PROXIES, None),
    "an empty header on the left": (PROXY, ["", CLIENT], PROXIES, CLIENT),
    "a zone id": (PROXY, ["fe80::1%eth0"], PROXIES, None),
    "a peer with a zone id": ("fe80::1%eth0", [], EVERYTHING, None),
    "a peer that is no address": ("gateway", [CLIENT], EVERYTHING, None),
    "a unix socket": (None, [], PROXIES, None),
    "a unix socket that forges": (None, ["127.0.0.1"], PROXIES, None),
    "a unix socket of a server that says so with an empty text": ("", ["127.0.0.1"], PROXIES, None),
    "a trusted unix socket": (None, [CLIENT], UNIX_TOO, CLIENT),
    "a trusted unix socket with a proxy behind": (None, [f"{CLIENT}, {PROXY}"], UNIX_TOO, CLIENT),
    "a trusted unix socket that says nothing": (None, [], UNIX_TOO, None),
    "a trusted unix socket that hides its client": (None, ["unknown"], UNIX_TOO, None),
}


@pytest.mark.parametrize("name", WALKS)
def test_walk(name: str) -> None:
    peer, headers, trusted, expected = WALKS[name]
    address = client_address(peer, [header.encode("latin-1") for header in headers], trusted)
    assert (address.text if address else None) == expected


def test_ten_thousand_elements() -> None:
    """Each is looked at once, whichever way they lie; a quadratic walk would take minutes."""
    hops = b", ".join([b"10.0.0.2"] * 10_000)
    assert _text(PROXY, [CLIENT.encode() + b", " + hops]) == CLIENT
    assert _text(PROXY, [hops]) == "10.0.0.2"
    assert _text(PROXY, [b"," * 10_000, hops]) is None
    assert _text(PROXY, [b"10.0.0.2"] * 10_000) == "10.0.0.2"
    assert _text(PROXY, [hops, b"unknown"]) is None
    assert _text(PROXY, [b"[" * 1_000_000 + b"," + CLIENT.encode()]) == CLIENT
    assert _text(PROXY, [b"1" * 1_000_000]) is None
    assert _text(PROXY, [b"[" + b":" * 1_000_000]) is None
    assert _text(PROXY, [b"1:" * 500_000]) is None


ADDRESSES = st.ip_addresses().map(str)
TRUSTED_HOPS = st.sampled_from(["10.0.0.2", "10.255.255.255", "192.0.2.1", "2001:db8:1::9", "::ffff:10.0.0.3"])
UNTRUSTED = ADDRESSES.filter(lambda text: (hop := parse_hop(text)) is not None and hop not in PROXIES.ranges)
WHAT_CLIENTS_WRITE = st.lists(
    st.binary(max_size=40) | ADDRESSES.map(str.encode) | st.sampled_from([b"", b"unknown", b"127.0.0.1", b"10.0.0.1"]),
    max_size=5,
)


def _spelled(hop: str) -> st.SearchStrategy[str]:
    forms = [hop, f" {hop} ", f"[{hop}]" if ":" in hop else f"{hop}:80", f"[{hop}]:80" if ":" in hop else f"\t{hop}"]
    return st.sampled_from(forms)


@given(WHAT_CLIENTS_WRITE, UNTRUSTED, st.lists(TRUSTED_HOPS, max_size=4), st.data())
def test_what_a_client_writes_changes_nothing(
    forged: list[bytes], client: str, hops: list[str], data: st.DataObject
) -> None:
    """Headers that the client sends arrive to the left of what the first trusted proxy appends."""
    appended = [data.draw(_spelled(hop)).encode() for hop in (client, *hops)]
    expected = parse_hop(client)
    assert expected is not None
    one_header = b",".join([*forged, *appended])
    assert client_address(PROXY, [one_header], PROXIES) == expected
    assert client_address(PROXY, [*forged, *appended], PROXIES) == expected
    assert client_address(client, [*forged], PROXIES) == expected


@given(
    st.none() | st.text(max_size=20) | ADDRESSES,
    st.lists(st.binary(max_size=60) | st.lists(ADDRESSES, max_size=4).map(lambda hops: ",".join(hops).encode())),
    st.sampled_from([NO_PROXIES, PROXIES, UNIX_TOO, EVERYTHING]),
)
def test_never_an_error_and_never_something_that_is_no_address(
    peer: str | None, headers: list[bytes], trusted: TrustedProxies
) -> None:
    address = client_address(peer, headers, trusted)
    if address is not None:
        assert int(ipaddress.ip_address(address.text)) == address.value


@pytest.mark.parametrize(
    "setting", ["10.0.0.1/8", "proxy.acme.example", "10.0.0.0/8;192.0.2.1", "Unix", "*", "fe80::1%1"]
)
def test_a_setting_that_names_no_proxies_is_refused(setting: str) -> None:
    with pytest.raises(NotANetwork):
        TrustedProxies.parse(setting)


def _text(peer: str, headers: list[bytes]) -> str | None:
    address = client_address(peer, headers, PROXIES)
    return address.text if address else None
