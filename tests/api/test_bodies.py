"""Bodies that two readers could take for two things, or that no reader should take at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.models import ApiKey
from console.api.json_bodies import NotJson, read_json
from console.api.operations import LARGEST_BODY
from tests.api.calling import Program, errors_of, problem, program
from tests.cast import Cast
from tests.front_door import FrontDoorClient

NOT_JSON = {
    "nothing closed": b'{"name": "New"',
    "a word": b"New",
    "single quotes": b"{'name': 'New'}",
    "a comma too many": b'{"name": "New",}',
    "two values": b'{"name": "New"} {}',
    "a name twice": b'{"name": "New", "name": "Newer"}',
    "a name twice, written in two ways": b'{"name": "New", "n\\u0061me": "Newer"}',
    "a name twice, deep down": b'{"name": "New", "owner": {"group": "a", "group": "b"}}',
    "NaN": b'{"name": "New", "rate_limit": NaN}',
    "Infinity": b'{"name": "New", "rate_limit": -Infinity}',
    "more than a double holds": b'{"name": "New", "rate_limit": 1e999}',
    "ten thousand digits": b'{"name": "New", "rate_limit": ' + b"9" * 10_000 + b"}",
    "NUL": b'{"name": "a\\u0000b"}',
    "NUL in a name": b'{"name\\u0000": "New"}',
    "half of a surrogate pair": b'{"name": "\\ud800"}',
    "the other half, in a name": b'{"\\udc00": "New"}',
    "not UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "New"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "New"}',
    "a control character": b'{"name": "a\x07b"}',
    "very deep": b'{"name": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "deeper than anything here": b'{"name": ' + b"[" * 30 + b"]" * 30 + b"}",
}


@pytest.fixture
def bot(front_door: FrontDoorClient, cast: Cast) -> Program:
    return program(front_door, cast)


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_refused(bot: Program, body: bytes) -> None:
    problem(bot.call("POST", "keys", raw=body), 400, "malformed_request")
    assert ApiKey.objects.count() == 1


def test_json_that_is_no_object(bot: Program) -> None:
    for body in (b"[]", b'"New"', b"7", b"null", b"true", b""):
        errors = errors_of(bot.call("POST", "keys", raw=body, content_type="application/json"))
        assert errors, body


def test_a_whole_surrogate_pair_is_a_character(bot: Program) -> None:
    answer = bot.call("POST", "keys", raw=b'{"name": "\\ud83d\\udd11 Nightly"}')
    assert (answer.status, answer.json()["name"]) == (201, "\N{KEY} Nightly")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "text/json", "nonsense"],
)
def test_what_does_not_say_that_it_is_json(bot: Program, content_type: str) -> None:
    answer = bot.call("POST", "keys", {"name": "New"}, content_type=content_type)
    problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept"] == "application/json"


def test_other_ways_to_say_that_it_is(bot: Program) -> None:
    for number, content_type in enumerate(("application/json;charset=UTF-8", "Application/JSON")):
        assert bot.call("POST", "keys", {"name": f"New-{number}"}, content_type=content_type).status == 201
    problem(bot.call("POST", "keys", {"name": "New"}, content_encoding="gzip"), 415, "unsupported_media_type")
    problem(bot.call("POST", "keys", {"name": "New"}, content_type=""), 415, "unsupported_media_type")


def test_a_body_that_is_too_large(bot: Program) -> None:
    problem(bot.call("POST", "keys", raw=b" " * LARGEST_BODY + b"{}"), 413, "content_too_large")


def test_what_was_sent_is_not_repeated(bot: Program) -> None:
    """It could be a key that ended up in the wrong place."""
    text = bot.generated.text
    for body in (f'{{"{text}": 1, "name": "New"}}', f'{{"name": "{text}{text}"}}', f'{{"name": {text}}}', text):
        answer = bot.call("POST", "keys", raw=body.encode())
        assert answer.status in {400, 422}
        assert text.encode() not in answer.body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=8,
)


@given(JSON)
def test_what_is_read_is_what_was_written(value: object) -> None:
    body = json.dumps(value)
    if "\\u0000" in body and "\0" in str(value) + repr(value).replace("\\x00", "\0"):
        with pytest.raises(NotJson):
            read_json(body.encode())
    else:
        assert read_json(body.encode()) == value


@given(st.binary())
def test_anything_else_is_refused_and_never_fails(body: bytes) -> None:
    try:
        value = read_json(body)
    except NotJson:
        return
    assert json.loads(body) == value
