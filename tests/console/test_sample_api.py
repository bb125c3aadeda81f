"""A developer reads the sample API with a good key: the catalogue, rows, and clear refusals of what cannot be meant."""

import logging
import re
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory, override_settings
from pytest_django import DjangoAssertNumQueries

from apikeys.key_format import new_key
from console.datasets import views
from console.datasets.catalogue import DATASETS, Dataset
from console.datasets.problems import API_ERRORS
from console.enforcement.decision import Code, Decision
from console.enforcement.refusals import ERRORS
from console.needed import View
from tests.cast import Cast, list_network, make_key
from tests.conftest import SignIn
from tests.front_door import OFFICE, Answer, FrontDoorClient

LIST = "/api/v1/datasets"
BARS = "/api/v1/datasets/us-equity-1min-bars/rows"
GATE = "console.middleware.GateMiddleware"

each_dataset = pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.id)


@pytest.fixture
def key(cast: Cast) -> str:
    list_network(cast.acme, OFFICE, "Office")
    return make_key(cast.acme, cast.dev).text


def assert_problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    document = answer.json()
    assert (answer.status, document["code"], document["status"]) == (status, code, status), document
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert document["type"] == f"{settings.GATEHOUSE_PUBLIC_URL}/errors/{code}/"
    assert document["title"] == API_ERRORS[code].title
    assert document["detail"]
    assert document["request_id"]
    return document


def path_of(link: str) -> str:
    assert link.startswith(settings.GATEHOUSE_PUBLIC_URL + "/api/v1/")
    return link.removeprefix(settings.GATEHOUSE_PUBLIC_URL)


def test_catalogue_says_what_there_is_and_that_it_is_synthetic(front_door: FrontDoorClient, key: str) -> None:
    answer = front_door.get(LIST, key=key)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    listed = answer.json()["datasets"]
    assert [dataset["id"] for dataset in listed] == [
        "us-equity-taq",
        "us-equity-1min-bars",
        "us-options-1min-nbbo",
        "us-futures-trades",
        "us-equity-reference",
    ]
    for dataset in listed:
        assert dataset["synthetic"] is True
        assert "Synthetic" in dataset["description"]
        assert dataset["symbols"] == sorted(set(dataset["symbols"]))
        assert dataset["coverage"]["start"] < dataset["coverage"]["end"]
        assert front_door.get(path_of(dataset["links"]["self"]), key=key).json() == dataset
        assert front_door.get(path_of(dataset["links"]["rows"]), key=key).json()["dataset"] == dataset["id"]


VALUES = {
    "timestamp": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{9})?Z",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "string": r".+",
    "decimal": r"[0-9]+\.[0-9]+",
}


@each_dataset
def test_rows_hold_the_fields_that_the_catalogue_describes(
    front_door: FrontDoorClient, key: str, dataset: Dataset
) -> None:
    described = front_door.get(f"{LIST}/{dataset.id}", key=key).json()["fields"]
    answer = front_door.get(f"{LIST}/{dataset.id}/rows?limit=40", key=key).json()
    assert answer["synthetic"] is True
    assert len(answer["rows"]) == 40
    for row in answer["rows"]:
        assert list(row) == [field["name"] for field in described]
        for field in described:
            value = row[field["name"]]
            if value is None:
                assert field["nullable"], field
            elif field["type"] == "integer":
                assert type(value) is int
            else:
                assert re.fullmatch(VALUES[field["type"]], value), field


def test_hundred_rows_unless_the_developer_says_how_many(front_door: FrontDoorClient, key: str) -> None:
    assert len(front_door.get(BARS, key=key).json()["rows"]) == 100
    assert len(front_door.get(f"{BARS}?limit=1", key=key).json()["rows"]) == 1
    assert len(front_door.get(f"{BARS}?limit=1000", key=key).json()["rows"]) == 1000


@pytest.mark.parametrize("path", [LIST, f"{LIST}/us-equity-taq", f"{LIST}/us-equity-taq/rows"])
def test_slash_at_the_end_makes_no_difference(front_door: FrontDoorClient, key: str, path: str) -> None:
    without, with_slash = front_door.get(path, key=key), front_door.get(f"{path}/", key=key)
    assert without.status == with_slash.status == 200
    assert without.body == with_slash.body


@pytest.mark.parametrize("path", [LIST, f"{LIST}/us-equity-taq", BARS])
def test_head_has_the_headers_of_get(front_door: FrontDoorClient, key: str, path: str) -> None:
    head, get = front_door.request("HEAD", path, key=key), front_door.get(path, key=key)
    assert (head.status, head.headers) == (200, get.headers)


@pytest.mark.parametrize("path", [LIST, BARS])
def test_answers_are_kept_by_nobody(front_door: FrontDoorClient, key: str, path: str) -> None:
    answer = front_door.get(path, key=key)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "vary" not in answer.headers, "an answer depends on the key alone"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1",
        "/api/v1/",
        "/api/v1/dataset",
        "/api/v1//datasets",
        "/api/v1/datasets//",
        "/api/v1/datasets/us-equity-taq/rows/1",
        "/api/v1/datasets/us-equity-taq%2frows/x/y",
        "/api/v1/x%0ay",
        "/api/v1/%ff",
        "/api/v1/<script>",
        "/api/v1/anything/at/all?x=1",
    ],
)
def test_nothing_else_is_there(front_door: FrontDoorClient, key: str, path: str, method: str) -> None:
    assert_problem(front_door.request(method, path, key=key), 404, "not_found")


@pytest.mark.parametrize(
    "path", ["us-equity-tick", "US-EQUITY-TAQ", "..", "%00", "us-equity-tick/rows", "us-equity-tick/rows?x=1"]
)
def test_dataset_that_does_not_exist(front_door: FrontDoorClient, key: str, path: str) -> None:
    assert "/api/v1/datasets" in assert_problem(front_door.get(f"{LIST}/{path}", key=key), 404, "not_found")["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", [LIST, f"{LIST}/", f"{LIST}/us-equity-taq", BARS])
def test_api_only_reads(front_door: FrontDoorClient, key: str, path: str, method: str) -> None:
    answer = front_door.request(method, path, key=key, body=b"name=value")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("query", "parameter", "why"),
    [
        ("symbol=ACME", "symbol", "AAPL, AMZN"),
        ("symbol=aapl", "symbol", "“aapl”"),
        ("symbol=", "symbol", "empty"),
        ("symbol=KO&symbol=KO", "symbol", "more than once"),
        ("start=yesterday", "start", "RFC 3339"),
        ("start=2024-02-30", "start", "no such day"),
        ("start=2024-03-01T14:30:00", "start", "RFC 3339"),
        ("start=2024-03-01T24:00:00Z", "start", "RFC 3339"),
        ("start=2024-03-01T14:30:00+00:00", "start", "%2B"),
        ("end=1709303400", "end", "RFC 3339"),
        ("start=2024-03-02&end=2024-03-01", "end", "later than start"),
        ("start=2024-03-01&end=2024-03-01T00:00:00Z", "end", "later than start"),
        ("limit=0", "limit", "1 to 1000"),
        ("limit=1001", "limit", "1 to 1000"),
        ("limit=-1", "limit", "1 to 1000"),
        ("limit=1e2", "limit", "1 to 1000"),
        ("limit=%D9%A3", "limit", "1 to 1000"),
        ("limit=99999999999999999999", "limit", "1 to 1000"),
        ("cursor=AAAA", "cursor", "not a cursor of this query"),
        ("cursor=%ff", "cursor", "not a cursor of this query"),
        ("page=2", "page", "symbol, start, end, limit, cursor"),
        ("Limit=2", "Limit", "symbol, start, end, limit, cursor"),
    ],
)
def test_parameter_that_cannot_be_meant_is_named(
    front_door: FrontDoorClient, key: str, query: str, parameter: str, why: str
) -> None:
    document = assert_problem(front_door.get(f"{BARS}?{query}", key=key), 422, "invalid_parameter")
    (error,) = document["errors"]
    assert error["parameter"] == parameter
    assert why in error["detail"]
    assert document["detail"] == f"{parameter}: {error['detail']}"


def test_every_wrong_parameter_is_named_at_once(front_door: FrontDoorClient, key: str) -> None:
    answer = front_door.get(f"{BARS}?symbol=ACME&start=x&end=y&limit=z", key=key)
    errors = assert_problem(answer, 422, "invalid_parameter")["errors"]
    assert [error["parameter"] for error in errors] == ["symbol", "start", "end", "limit"]


@pytest.mark.parametrize("path", [LIST, f"{LIST}/us-equity-taq"])
def test_catalogue_takes_no_parameters(front_door: FrontDoorClient, key: str, path: str) -> None:
    document = assert_problem(front_door.get(f"{path}?limit=5", key=key), 422, "invalid_parameter")
    assert document["errors"] == [{"parameter": "limit", "detail": "There are no parameters here."}]


def test_more_parameters_than_django_reads(front_door: FrontDoorClient, key: str) -> None:
    many = "&".join(f"p{number}=1" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    assert_problem(front_door.get(f"{BARS}?{many}", key=key), 422, "invalid_parameter")


@pytest.mark.parametrize(
    "address",
    ["{base}?api_key={other}", "{base}?{other}=1", "{base}?symbol={other}", "{base}/{other}", "/api/v1/{other}"],
)
def test_key_in_the_url_is_neither_repeated_nor_logged(
    front_door: FrontDoorClient, key: str, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    other = new_key("gate").text
    with caplog.at_level(logging.DEBUG):
        answer = front_door.get(address.format(base=BARS, other=other), key=key)
    assert answer.status in {404, 422}
    assert other not in answer.body.decode()
    assert other not in caplog.text


def test_remembered_key_costs_no_query(
    front_door: FrontDoorClient, key: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    front_door.get(LIST, key=key)
    with django_assert_num_queries(0):
        for path in (LIST, f"{LIST}/us-equity-taq", BARS, "/api/v1/nothing"):
            front_door.get(path, key=key)


def test_session_cookie_that_comes_along_is_not_looked_at(
    front_door: FrontDoorClient,
    cast: Cast,
    key: str,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cookie = sign_in(cast.dev).cookies[settings.SESSION_COOKIE_NAME].value
    front_door.get(LIST, key=key)
    with django_assert_num_queries(0):
        answer = front_door.get(LIST, key=key, headers=[("Cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}")])
    assert answer.status == 200
    assert "vary" not in answer.headers


@pytest.mark.parametrize("decision", [None, Decision(Code.IP_NOT_ALLOWED), object()])
@pytest.mark.parametrize(
    ("view", "arguments"),
    [
        (views.dataset_list, {}),
        (views.dataset_detail, {"dataset_id": "us-equity-taq"}),
        (views.dataset_rows, {"dataset_id": "us-equity-taq"}),
        (views.nothing_here, {}),
    ],
)
def test_view_that_the_gate_has_not_let_through_fails(
    view: View, arguments: dict[str, str], decision: object, rf: RequestFactory
) -> None:
    request = rf.get(LIST)
    if decision is not None:
        request.gate = decision  # type: ignore[attr-defined]
    with pytest.raises(ImproperlyConfigured, match="GateMiddleware"):
        view(request, **arguments)


@pytest.mark.parametrize(
    ("middleware", "found"),
    [
        (["django.middleware.common.CommonMiddleware", GATE], "not the first"),
        (["django.middleware.common.CommonMiddleware"], "missing"),
        ([], "missing"),
    ],
)
def test_server_does_not_start_without_the_gate_in_front(middleware: list[str], found: str) -> None:
    with override_settings(MIDDLEWARE=middleware):
        (error,) = [message for message in run_checks() if message.id == "gatehouse.E301"]
    assert found in error.msg
    assert error.is_serious()
    assert GATE in str(error.hint)


def test_server_starts_as_it_is_shipped() -> None:
    assert "gatehouse.E301" not in {message.id for message in run_checks()}


def test_codes_of_the_gate_keep_their_meaning() -> None:
    assert not ERRORS.keys() & API_ERRORS.keys()
    assert all(entry.explanation for entry in API_ERRORS.values())
