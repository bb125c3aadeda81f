"""What the key may do is chosen when it is generated: usually reading, and never more than one may oneself."""

from typing import Any

import pytest
from django.test import Client

from apikeys.models import ApiKey
from console.datasets.models import Dataset
from console.datasets.subscriptions import end_subscription
from tests.cast import BY_TESTS, Cast, make_key
from tests.conftest import SignIn
from tests.markup import Element, read, rows

GENERATE = "/teams/acme/keys/generate/"
LIST = "/teams/acme/authorization/"
EVERYTHING = ["datasets:read", "keys:read", "keys:write", "subnets:read", "subnets:write", "audit:read"]


def offered(page: Element, name: str) -> list[str]:
    return [box.get("value") for box in page.all("input", type="checkbox", name=name)]


def post(browser: Client, **typed: Any) -> Any:
    form: dict[str, Any] = read(browser.get(GENERATE)).form
    return browser.post(GENERATE, form | {"name": "Bot"} | typed)


def test_reading_datasets_is_proposed_and_the_rest_is_out_of_the_way(cast: Cast, sign_in: SignIn) -> None:
    page = read(sign_in(cast.dev).get(GENERATE))
    assert page.form["scopes"] == "datasets:read"
    assert "datasets" not in page.form
    assert "open" not in page.one("details").attributes


@pytest.mark.parametrize(
    ("person", "scopes"),
    [("ann", EVERYTHING), ("dev", ["datasets:read", "keys:read", "subnets:read", "audit:read"])],
)
def test_nobody_can_let_a_key_do_what_their_role_may_not(
    cast: Cast, sign_in: SignIn, person: str, scopes: list[str]
) -> None:
    browser = sign_in(cast.person(person))
    assert offered(read(browser.get(GENERATE)), "scopes") == scopes
    answer = post(browser, scopes=EVERYTHING)
    if person == "ann":
        assert ApiKey.objects.get().scope_list == EVERYTHING
    else:
        assert answer.status_code == 422
        assert not ApiKey.objects.exists()


def test_the_choice_is_what_the_key_may_do_and_the_list_shows_it(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    chosen = {"scopes": ["datasets:read", "subnets:write"], "datasets": ["us-futures-trades", "us-equity-taq"]}
    assert post(ann, **chosen).status_code == 200
    assert ApiKey.objects.get().scope_list == [
        *("datasets:read:us-equity-taq", "datasets:read:us-futures-trades", "subnets:write")
    ]
    [row] = rows(read(ann.get(LIST)), "keys-list")
    assert [scope.text for scope in row.one("ul", class_="scopes").all("li")] == [
        *("datasets:read: us-equity-taq, us-futures-trades", "subnets:write")
    ]


def test_a_key_can_be_narrowed_to_what_the_team_is_subscribed_to(cast: Cast, sign_in: SignIn) -> None:
    Dataset.objects.create(id="eu-bonds", name="EU Bonds")
    ended = cast.acme.subscriptions.select_related("team").get(dataset="us-equity-taq")
    end_subscription(subscription=ended, actor=BY_TESTS)
    datasets = offered(read(sign_in(cast.dev).get(GENERATE)), "datasets")
    assert len(datasets) == 4
    assert not {"eu-bonds", "us-equity-taq"} & set(datasets)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"scopes": []}, "scopes", "Choose at least one thing that the key may do."),
        ({"scopes": ["keys:read"], "datasets": ["us-equity-taq"]}, "datasets", "The key does not read datasets"),
        ({"scopes": ["admin"]}, "scopes", "admin is not one of the available choices"),
    ],
)
def test_what_cannot_be_meant_is_said_where_it_was_ticked(
    cast: Cast, sign_in: SignIn, typed: dict[str, list[str]], field: str, said: str
) -> None:
    answer = post(sign_in(cast.ann), **typed)
    assert answer.status_code == 422
    page = read(answer)
    assert said in page.one(id=f"id_{field}_error").text
    assert "open" in page.one("details").attributes
    ticked = {box.get("value") for box in page.all("input", type="checkbox") if "checked" in box.attributes}
    assert ticked == {value for values in typed.values() for value in values} - {"admin"}
    assert not ApiKey.objects.exists()


def test_the_successor_keeps_them_whoever_rotates(cast: Cast, sign_in: SignIn) -> None:
    """Whoever owns a key holds what it may do: the dialog in which the owner was chosen says so."""
    apikey = make_key(cast.acme, cast.dev, scopes=["keys:write"]).apikey
    dev = sign_in(cast.dev)
    path = f"/teams/acme/keys/{apikey.pk}/rotate/"
    assert dev.post(path, read(dev.get(path)).form).status_code == 200
    assert apikey.successor.scope_list == ["keys:write"]
