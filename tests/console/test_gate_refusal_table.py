"""The refusal table of the HTTP contract, row by row, through the front door's code and Django."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apikeys import services
from apikeys.key_format import checksum, new_key
from console.enforcement.refusals import ERRORS
from ipsubnets.services import delete_subnet
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.front_door import OFFICE, Answer, FrontDoorClient

DATASETS = "/api/v1/datasets"


def assert_refused(answer: Answer, status: int, code: str, **extensions: str) -> None:
    document = answer.json()
    assert (answer.status, document["code"]) == (status, code), document
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert document["type"] == f"http://127.0.0.1:8000/errors/{code}/"
    assert document["title"] == ERRORS[code].title
    assert document["status"] == status
    assert document["detail"]
    assert document["request_id"]
    optional = {name: document[name] for name in ("reason", "ip") if name in document}
    assert optional == extensions
    if status == 401:
        assert answer.headers["www-authenticate"].startswith('Bearer realm="gatehouse"')


@pytest.fixture
def key(cast: Cast) -> str:
    list_network(cast.acme, OFFICE, "Office")
    return make_key(cast.acme, cast.dev).text


def test_good_key_from_listed_address_is_let_through(front_door: FrontDoorClient, key: str) -> None:
    answer = front_door.get(DATASETS, key=key)
    assert answer.status == 200
    assert answer.headers["x-api-key-expires-at"].endswith("Z")


def test_x_api_key_header_serves_as_well(front_door: FrontDoorClient, key: str) -> None:
    assert front_door.get(DATASETS, headers=[("X-API-Key", key)]).status == 200


def test_lower_case_bearer_is_accepted(front_door: FrontDoorClient, key: str) -> None:
    assert front_door.get(DATASETS, headers=[("Authorization", f"bearer {key}")]).status == 200


def test_head_is_judged_like_get(front_door: FrontDoorClient, key: str) -> None:
    assert front_door.request("HEAD", DATASETS, key=key).status == 200
    assert front_door.request("HEAD", DATASETS).status == 401


def test_preflight_is_not_let_through(front_door: FrontDoorClient) -> None:
    assert_refused(front_door.request("OPTIONS", DATASETS), 401, "missing_api_key")


def test_no_credential(front_door: FrontDoorClient) -> None:
    answer = front_door.get(DATASETS)
    assert_refused(answer, 401, "missing_api_key")
    assert "error=" not in answer.headers["www-authenticate"]


def test_key_in_the_url_is_never_read(front_door: FrontDoorClient, key: str) -> None:
    answer = front_door.get(f"{DATASETS}?api_key={key}")
    assert_refused(answer, 401, "missing_api_key")
    assert "URL" in answer.json()["detail"]
    assert key not in answer.body.decode()


MALFORMED: dict[str, list[tuple[str, str | bytes]]] = {
    "empty Authorization": [("Authorization", "")],
    "Bearer without a key": [("Authorization", "Bearer")],
    "Bearer with a space only": [("Authorization", "Bearer ")],
    "two spaces": [("Authorization", "Bearer  {key}")],
    "Basic": [("Authorization", "Basic dXNlcjpwYXNz")],
    "no scheme": [("Authorization", "{key}")],
    "not ASCII": [("Authorization", "Bearer gäte_{key}".encode("latin-1"))],
    "64 KB": [("Authorization", "Bearer " + "a" * 65536)],
    "empty X-API-Key": [("X-API-Key", "")],
    "spaces inside": [("X-API-Key", "{key} {key}")],
    "Authorization twice": [("Authorization", "Bearer {key}"), ("Authorization", "Bearer {key}")],
    "X-API-Key twice": [("X-API-Key", "{key}"), ("X-API-Key", "{key}")],
    "both headers": [("Authorization", "Bearer {key}"), ("X-API-Key", "{key}")],
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_credentials_all_answer_alike(front_door: FrontDoorClient, key: str, name: str) -> None:
    headers = [
        (header, value.replace("{key}", key) if isinstance(value, str) else value) for header, value in MALFORMED[name]
    ]
    answer = front_door.get(DATASETS, headers=headers)
    assert_refused(answer, 401, "invalid_api_key")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_underscored_credential_header_is_no_credential(front_door: FrontDoorClient, key: str) -> None:
    assert_refused(front_door.get(DATASETS, headers=[("X_API_Key", key)]), 401, "missing_api_key")


def test_unknown_mistyped_and_wrong_keys_answer_alike(front_door: FrontDoorClient, key: str) -> None:
    unknown = new_key("gate").text
    mistyped = key[:-1] + ("0" if key[-1] != "0" else "1")
    body = key[:-7] + ("A" if key[-7] != "A" else "B")
    wrong_secret = body + checksum(body)
    documents = []
    for text in (unknown, mistyped, wrong_secret):
        answer = front_door.get(DATASETS, key=text)
        assert_refused(answer, 401, "invalid_api_key")
        documents.append({**answer.json(), "request_id": ""})
    assert documents[0] == documents[1] == documents[2]


def test_expiry_is_enforced_to_the_second(front_door: FrontDoorClient, cast: Cast) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev, days=1)
    expires_at = generated.apikey.expires_at
    with time_machine.travel(expires_at - timedelta(milliseconds=100), tick=False):
        assert front_door.get(DATASETS, key=generated.text).status == 200
    with time_machine.travel(expires_at, tick=False):
        assert_refused(front_door.get(DATASETS, key=generated.text), 401, "invalid_api_key", reason="expired")


def test_disabled_enabled_revoked_deleted(front_door: FrontDoorClient, cast: Cast) -> None:
    list_network(cast.acme, OFFICE)
    generated = make_key(cast.acme, cast.dev)
    services.disable_key(apikey=generated.apikey, reason="security audit", actor=BY_TESTS)
    assert_refused(front_door.get(DATASETS, key=generated.text), 401, "invalid_api_key", reason="disabled")
    services.enable_key(apikey=generated.apikey, actor=BY_TESTS)
    assert front_door.get(DATASETS, key=generated.text).status == 200
    services.revoke_key(apikey=generated.apikey, actor=BY_TESTS)
    assert_refused(front_door.get(DATASETS, key=generated.text), 401, "invalid_api_key", reason="revoked")
    services.delete_key(apikey=generated.apikey, actor=BY_TESTS)
    assert front_door.get(DATASETS, key=generated.text).json()["code"] == "invalid_api_key"


def test_suspended_team(front_door: FrontDoorClient, cast: Cast, key: str) -> None:
    cast.acme.suspended_at = timezone.now()
    cast.acme.save()
    assert_refused(front_door.get(DATASETS, key=key), 401, "invalid_api_key", reason="team_suspended")


def test_address_that_is_not_listed(front_door: FrontDoorClient, key: str) -> None:
    answer = front_door.get(DATASETS, key=key, address="203.0.113.9")
    assert_refused(answer, 403, "ip_not_allowed", ip="203.0.113.9")
    assert answer.json()["detail"] == "IP address not allowed"


def test_account_without_networks_is_refused_everywhere(front_door: FrontDoorClient, cast: Cast) -> None:
    key = make_key(cast.acme, cast.dev).text
    for address in (OFFICE, "127.0.0.1", "::1"):
        assert_refused(front_door.get(DATASETS, key=key, address=address), 403, "ip_not_allowed", ip=address)


def test_no_peer_address_is_no_listed_address(front_door: FrontDoorClient, cast: Cast) -> None:
    list_network(cast.acme, "0.0.0.0/0")
    list_network(cast.acme, "::/0")
    key = make_key(cast.acme, cast.dev).text
    assert_refused(front_door.get(DATASETS, key=key, address=None), 403, "ip_not_allowed")


def test_networks_bind_every_key_of_the_team_and_no_other(front_door: FrontDoorClient, cast: Cast) -> None:
    before = make_key(cast.acme, cast.dev, "made before").text
    subnet = list_network(cast.acme, "198.51.100.0/24")
    after = make_key(cast.acme, cast.ann, "made after").text
    others = make_key(cast.globex, cast.mallory).text
    assert [front_door.get(DATASETS, key=key).status for key in (before, after, others)] == [200, 200, 403]
    delete_subnet(subnet=subnet, actor=BY_TESTS)
    assert [front_door.get(DATASETS, key=key).status for key in (before, after)] == [403, 403]


def test_network_ends_at_its_second(front_door: FrontDoorClient, cast: Cast) -> None:
    subnet = list_network(cast.acme, OFFICE, hours=8)
    key = make_key(cast.acme, cast.dev).text
    assert subnet.expires_at is not None
    with time_machine.travel(subnet.expires_at - timedelta(seconds=1), tick=False):
        assert front_door.get(DATASETS, key=key).status == 200
    with time_machine.travel(subnet.expires_at, tick=False):
        assert front_door.get(DATASETS, key=key).status == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X_Forwarded_For", "X-Real-IP", "Forwarded"])
def test_forged_forwarding_headers_change_nothing(front_door: FrontDoorClient, key: str, header: str) -> None:
    answer = front_door.get(DATASETS, key=key, headers=[(header, OFFICE)], address="203.0.113.9")
    assert_refused(answer, 403, "ip_not_allowed", ip="203.0.113.9")
    assert front_door.get(DATASETS, key=key, headers=[(header, "203.0.113.9")]).status == 200


def test_ipv4_mapped_peer_is_the_ipv4_client(front_door: FrontDoorClient, key: str) -> None:
    assert front_door.get(DATASETS, key=key, address=f"::ffff:{OFFICE}").status == 200


SPELLINGS = [
    "/api/v1/datasets",
    "/api/v1/",
    "/api/v1",
    "/api/v1/no-such-path",
    "/api/v1//datasets",
    "//api/v1/datasets",
    "/api//v1/datasets",
    "/api/./v1/datasets",
    "/x/../api/v1/datasets",
    "/%61pi/v1/datasets",
    "/api%2Fv1%2Fdatasets",
    "/api/v1%2fdatasets",
    "/API/v1/datasets",
    "/api/V1/datasets/",
    "/api\\v1\\datasets",
    "/api/v1/datasets/..",
    "/api/v1/datasets/../../v1/x",
]


@pytest.mark.parametrize("path", SPELLINGS)
def test_everything_under_the_api_needs_a_key_however_it_is_spelled(front_door: FrontDoorClient, path: str) -> None:
    assert_refused(front_door.get(path), 401, "missing_api_key")
