"""Whatever is written into the headers that decide: never a server error, and never a yes by accident."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from apikeys.key_format import KEY_PATTERN, checksum
from tests.cast import Cast, list_network, make_key
from tests.front_door import OFFICE, Answer, FrontDoorClient

DATASETS = "/api/v1/datasets"
ELSEWHERE = "203.0.113.9"
PROXY = "10.0.0.1"

Header = tuple[str | bytes, str | bytes]

fuzz = examples(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])

RUBBISH = st.binary(max_size=80) | st.text(max_size=40).map(str.encode)
SCHEMES = st.sampled_from(
    [b"Bearer ", b"bearer ", b"BEARER\t", b"Bearer  ", b"Bearer", b"Basic ", b"Token ", b"", b" Bearer "]
)
FORGED_KEYS = st.from_regex(KEY_PATTERN, fullmatch=True).map(lambda key: (key[:-6] + checksum(key[:-6])).encode())
FORGED_HOPS = st.lists(
    RUBBISH | st.ip_addresses().map(lambda ip: str(ip).encode()) | st.sampled_from([OFFICE.encode(), b"", b"unknown"]),
    max_size=6,
)


@pytest.fixture
def key(cast: Cast) -> str:
    list_network(cast.acme, OFFICE)
    return make_key(cast.acme, cast.dev).text


@pytest.fixture
def proxied(settings: Settings) -> None:
    settings.GATEHOUSE_TRUSTED_PROXIES = PROXY


def near_misses(key: str) -> st.SearchStrategy[bytes]:
    """A good key with a slip in it, or something around it."""
    slips = st.tuples(st.integers(0, len(key) - 1), st.characters(max_codepoint=255)).map(
        lambda slip: (key[: slip[0]] + slip[1] + key[slip[0] + 1 :]).encode("latin-1")
    )
    around = st.tuples(st.binary(max_size=3), st.binary(max_size=3)).map(lambda a: a[0] + key.encode() + a[1])
    return (
        slips | around | st.sampled_from([key.encode(), key.encode()[:-1], key.encode() * 2, key.swapcase().encode()])
    )


def assert_refused(answer: Answer, *codes: str) -> None:
    assert answer.status == 401
    assert answer.json()["code"] in codes
    assert "reason" not in answer.json()


@fuzz
@given(data=st.data())
def test_authorization(front_door: FrontDoorClient, key: str, data: st.DataObject) -> None:
    value = data.draw(RUBBISH | st.tuples(SCHEMES, near_misses(key) | FORGED_KEYS | RUBBISH).map(b"".join))
    answer = front_door.get(DATASETS, headers=[("Authorization", value)])
    if value[:7].lower() == b"bearer " and value[7:] == key.encode():
        assert answer.status == 200
    else:
        assert_refused(answer, "invalid_api_key")


@fuzz
@given(data=st.data())
def test_x_api_key(front_door: FrontDoorClient, key: str, data: st.DataObject) -> None:
    value = data.draw(RUBBISH | near_misses(key) | FORGED_KEYS)
    answer = front_door.get(DATASETS, headers=[("X-API-Key", value)])
    if value == key.encode():
        assert answer.status == 200
    else:
        assert_refused(answer, "invalid_api_key")


NAMES = st.sampled_from(
    ["Authorization", "X-API-Key", "X_API_Key", "AUTHORIZATION", "X-Api_Key", "Proxy-Authorization"]
)


@fuzz
@given(data=st.data())
def test_any_mixture_of_credentials(front_door: FrontDoorClient, key: str, data: st.DataObject) -> None:
    """Exactly one credential, exactly once: with two of them two parties could read different ones."""
    values = st.sampled_from([key.encode(), b"Bearer " + key.encode(), b""]) | RUBBISH
    headers: list[Header] = data.draw(st.lists(st.tuples(NAMES, values), max_size=4))
    credentials = [
        (str(name).lower(), value) for name, value in headers if str(name).lower() in {"authorization", "x-api-key"}
    ]
    answer = front_door.get(DATASETS, headers=headers)
    good = [("authorization", b"Bearer " + key.encode())], [("x-api-key", key.encode())]
    if credentials in good:
        assert answer.status == 200
    else:
        assert_refused(answer, "invalid_api_key" if credentials else "missing_api_key")


@fuzz
@given(hops=FORGED_HOPS)
def test_x_forwarded_for_from_a_client_changes_nothing(
    front_door: FrontDoorClient, key: str, hops: list[bytes]
) -> None:
    headers = [("X-Forwarded-For", hop) for hop in hops]
    assert front_door.get(DATASETS, key=key, headers=headers).status == 200
    answer = front_door.get(DATASETS, key=key, headers=headers, address=ELSEWHERE)
    assert (answer.status, answer.json()["ip"]) == (403, ELSEWHERE)


@fuzz
@given(hops=FORGED_HOPS, one_header=st.booleans())
def test_x_forwarded_for_through_a_proxy_is_read_as_the_proxy_wrote_it(
    front_door: FrontDoorClient, key: str, proxied: None, hops: list[bytes], one_header: bool
) -> None:
    for client, status in ((ELSEWHERE, 403), (OFFICE, 200)):
        values = [*hops, client.encode()]
        headers = [("X-Forwarded-For", value) for value in ([b", ".join(values)] if one_header else values)]
        assert front_door.get(DATASETS, key=key, headers=headers, address=PROXY).status == status


@fuzz
@given(written=FORGED_HOPS)
def test_a_proxy_that_writes_rubbish_lets_nobody_in(
    front_door: FrontDoorClient, key: str, proxied: None, written: list[bytes]
) -> None:
    headers = [("X-Forwarded-For", value) for value in written]
    answer = front_door.get(DATASETS, key=key, headers=headers, address=PROXY)
    if answer.status == 200:
        assert written[-1].split(b",")[-1].strip(b" \t").startswith((OFFICE.encode(), b"::ffff:", b"[::ffff:"))
    else:
        assert (answer.status, answer.json()["code"]) == (403, "ip_not_allowed")


@fuzz
@given(path=st.text(st.characters(max_codepoint=255) | st.sampled_from("/%.\\\x00"), max_size=30))
def test_no_path_below_the_api_is_open(front_door: FrontDoorClient, key: str, path: str) -> None:
    quoted = "".join(c if c.isascii() and c.isprintable() and c not in " ?#" else f"%{ord(c):02X}" for c in path)
    assert front_door.get(f"/api/v1/{quoted}").status == 401
    assert front_door.get(f"/api/v1/{quoted}", key=key).status in {200, 400, 404, 405}
