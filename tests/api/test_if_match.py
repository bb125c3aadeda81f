"""Two programs change the same thing: the one that has not seen what the other did is told so."""

import pytest

from tests.api.calling import Program, problem, program
from tests.cast import Cast, list_network, make_key
from tests.front_door import FrontDoorClient


@pytest.fixture
def bot(front_door: FrontDoorClient, cast: Cast) -> Program:
    return program(front_door, cast)


def test_the_second_of_two_changes_finds_out(bot: Program, cast: Cast) -> None:
    path = f"keys/{make_key(cast.acme, cast.dev, 'Nightly').apikey.pk}"
    read = bot.get(path).headers["etag"]
    first = bot.call("PATCH", path, {"rate_limit": 60}, if_match=read)
    assert first.status == 200
    assert first.headers["etag"] not in {read, ""}
    second = bot.call("PATCH", path, {"rate_limit": 600}, if_match=read)
    problem(second, 412, "precondition_failed")
    assert second.headers["etag"] == first.headers["etag"]
    assert bot.get(path).json()["rate_limit"] == 60
    assert bot.call("PATCH", path, {"rate_limit": 600}, if_match=f'"other", {first.headers["etag"]}').status == 200


def test_any_change_counts_and_no_use(bot: Program) -> None:
    """The key that asks is used by asking: its ETag would otherwise never hold."""
    path = f"keys/{bot.key_id}"
    read = bot.get(path).headers["etag"]
    assert bot.get(path).headers["etag"] == read
    disabled = make_disabled(bot)
    problem(bot.call("PATCH", disabled[0], {"name": "Other"}, if_match=disabled[1]), 412, "precondition_failed")
    assert bot.call("PATCH", path, {"name": "Other"}, if_match=read).status == 200


def make_disabled(bot: Program) -> tuple[str, str]:
    made = bot.call("POST", "keys", {"name": "Nightly"})
    path = f"keys/{made.json()['id']}"
    assert bot.call("POST", f"{path}/disable").status == 200
    return path, made.headers["etag"]


def test_a_change_must_say_what_it_is_of(bot: Program) -> None:
    problem(bot.call("PATCH", f"keys/{bot.key_id}", {"name": "Other"}), 428, "precondition_required")
    for malformed in ("Other", '"open', "'single'", '"a" "b"', "*, *", '""x'):
        answer = bot.call("PATCH", f"keys/{bot.key_id}", {"name": "Other"}, if_match=malformed)
        problem(answer, 400, "malformed_request")
    weak = f"W/{bot.get(f'keys/{bot.key_id}').headers['etag']}"
    problem(bot.call("PATCH", f"keys/{bot.key_id}", {"name": "Other"}, if_match=weak), 412, "precondition_failed")
    assert bot.apikey.name == "Rotation-Bot"


def test_ending_may_ask_for_it_too(bot: Program, cast: Cast) -> None:
    path, old = make_disabled(bot)
    for method, further in [("POST", "/enable"), ("POST", "/revoke"), ("POST", "/rotate"), ("DELETE", "")]:
        problem(bot.call(method, path + further, if_match=old), 412, "precondition_failed")
    assert bot.call("DELETE", path, if_match=bot.get(path).headers["etag"]).status == 204
    subnet = f"subnets/{list_network(cast.acme, '192.0.2.0/24').pk}"
    problem(bot.call("DELETE", subnet, if_match='"other"'), 412, "precondition_failed")
    assert bot.call("DELETE", subnet, if_match=bot.get(subnet).headers["etag"]).status == 204
