"""Gus grants a team datasets and takes them away; its members see what they have, until when, and how much is used."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.datasets.models import Dataset, DatasetDay
from console.datasets.subscriptions import end_subscription, grant_subscription, set_end
from teams import audit
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.conftest import SignIn
from tests.front_door import OFFICE, FrontDoorClient
from tests.identity.visitor import Visitor
from tests.markup import Element, events, read, rows

PAGE = "/operators/teams/acme/subscriptions/"
GRANT = f"{PAGE}grant/"
TAB = "/teams/acme/subscriptions/"
TAQ = "us-equity-taq"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def bonds(cast: Cast) -> Dataset:
    """A dataset that no team gets by itself."""
    return Dataset.objects.create(id="eu-bonds", name="EU Bonds")


def cells(page: Element) -> dict[str, list[str]]:
    """By the ID of the dataset: from, until, requests and status."""
    found = {}
    for row in rows(page, "subscriptions-list"):
        lead, *others = row.all("td")
        found[lead.all("div", class_="cell-sub mono")[0].text] = [cell.text for cell in others][:4]
    return found


def sent(operator: Visitor, path: str, **typed: Any) -> Any:
    form: dict[str, Any] = operator.page(path).form
    return operator.post(path, form | typed, headers=HTMX)


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


# What the team sees


def test_members_see_what_they_have_until_when_and_how_much_they_used(
    cast: Cast, sign_in: SignIn, bonds: Dataset
) -> None:
    today = timezone.now().date()
    for days, requests in ((0, 1200), (29, 34), (30, 5)):
        DatasetDay.objects.create(team=cast.acme, dataset_id=TAQ, day=today - timedelta(days=days), requests=requests)
    DatasetDay.objects.create(team=cast.globex, dataset_id=TAQ, day=today, requests=99)
    subscriptions = cast.acme.subscriptions.select_related("team")
    soon = timezone.now() + timedelta(days=3, hours=1)
    set_end(subscription=subscriptions.get(dataset="us-futures-trades"), ends_at=soon, actor=BY_TESTS)
    end_subscription(subscription=subscriptions.get(dataset="us-equity-reference"), actor=BY_TESTS)
    later = timezone.now() + timedelta(days=40)
    grant_subscription(team=cast.acme, dataset=bonds, starts_at=later, actor=BY_TESTS)
    page = read(sign_in(cast.vic).get(TAB))
    shown = cells(page)
    assert shown[TAQ][1:] == ["No end", "1,234", "Active"]
    assert shown["us-futures-trades"][3] == "Ending soon"
    assert "in 3 days" in shown["us-futures-trades"][1]
    assert shown["eu-bonds"][3] == "Not yet begun"
    assert (shown["us-equity-reference"][3], list(shown)[-1]) == ("Ended", "us-equity-reference")
    assert "Not subscribed: US Equity Reference." in page.one(id="subscriptions-list").text
    assert not page.one(id="subscriptions-list").all("a", id="grant-subscription")


def test_a_team_without_any_is_told_who_can_help(cast: Cast, sign_in: SignIn) -> None:
    cast.acme.subscriptions.all().delete()
    assert "Whoever runs this Gatehouse grants them" in read(sign_in(cast.vic).get(TAB)).text


@pytest.mark.parametrize("query", ["", "?subscriptions.q=taq", "?subscriptions.sort=-requests", "?subscriptions.q=x"])
def test_the_list_is_searched_and_sorted_with_few_queries(cast: Cast, sign_in: SignIn, query: str) -> None:
    vic = sign_in(cast.vic)
    vic.get(TAB)
    with CaptureQueriesContext(connection) as queries:
        answer = vic.get(TAB + query, headers=HTMX | {"HX-Target": "subscriptions-list"})
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert len(queries) <= 10


# What operators do


def test_granted_with_an_end_and_from_a_day_on(cast: Cast, operator: Visitor, bonds: Dataset) -> None:
    typed = {"datasets": [bonds.pk], "starts_on": in_days(2), "ends": "date", "ends_on": in_days(9)}
    answer = sent(operator, GRANT, **typed)
    assert events(answer)["toast"] == {"text": "Subscribed Acme Research to EU Bonds.", "kind": "success"}
    assert "subscriptions-changed" in events(answer)
    made = cast.acme.subscriptions.get(dataset=bonds)
    assert made.ends_at is not None
    assert (timezone.localtime(made.starts_at).isoformat()[:19], timezone.localtime(made.ends_at).isoformat()[:19]) == (
        f"{in_days(2)}T00:00:00",
        f"{in_days(9)}T23:59:59",
    )
    assert made.granted_by_name == "Gus Gate"
    [event] = AuditEvent.objects.filter(object_id=made.pk)
    assert audit.sentence(event) == f"Gus Gate granted a subscription to EU Bonds from {OFFICE}"
    assert event.team_id == cast.acme.pk


def test_several_at_once_or_none(cast: Cast, operator: Visitor, bonds: Dataset) -> None:
    soon = timezone.now() + timedelta(days=3)
    subscription = cast.acme.subscriptions.select_related("team").get(dataset=TAQ)
    set_end(subscription=subscription, ends_at=soon, actor=BY_TESTS)
    offered = operator.page(GRANT).all("input", type="checkbox", name="datasets")
    assert [box.get("value") for box in offered] == [bonds.pk, TAQ], "what the team has for good is not offered"
    answer = sent(operator, GRANT, datasets=[bonds.pk, TAQ])
    assert answer.status_code == 422
    assert "subscribed to US Equity TAQ already" in read(answer).one(id="id_datasets_error").text
    assert not cast.acme.subscriptions.filter(dataset=bonds).exists()
    Dataset.objects.create(id="eu-rates", name="EU Rates")
    assert sent(operator, GRANT, datasets=[bonds.pk, "eu-rates"]).status_code == 200
    assert cast.acme.subscriptions.filter(dataset__in=[bonds.pk, "eu-rates"], ends_at=None).count() == 2


@pytest.mark.parametrize(
    ("typed", "place", "said"),
    [
        ({}, "id_datasets_error", "Choose at least one dataset."),
        ({"datasets": ["eu-bonds"], "starts_on": in_days(-2)}, "id_starts_on_error", "Choose today or a day to come."),
        ({"datasets": ["eu-bonds"], "ends": "date"}, "id_ends_on_error", "Choose a date."),
        (
            {"datasets": ["eu-bonds"], "starts_on": in_days(9), "ends": "date", "ends_on": in_days(5)},
            "id_ends_on_error",
            "later than the start",
        ),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    cast: Cast, operator: Visitor, bonds: Dataset, typed: dict[str, Any], place: str, said: str
) -> None:
    answer = sent(operator, GRANT, **typed)
    assert answer.status_code == 422
    assert said in read(answer).one(id=place).text
    assert not cast.acme.subscriptions.filter(dataset=bonds).exists()


def test_ended_and_refused_with_the_next_request(cast: Cast, operator: Visitor, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, OFFICE)
    key = make_key(cast.acme, cast.dev).text
    rows_of_taq = f"/api/v1/datasets/{TAQ}/rows?limit=1"
    assert front_door.get(rows_of_taq, key=key).status == 200
    path = f"/operators/subscriptions/{cast.acme.subscriptions.get(dataset=TAQ).pk}/end/"
    assert sent(operator, path, reason="").status_code == 422
    assert front_door.get(rows_of_taq, key=key).status == 200
    answer = sent(operator, path, reason="not paid")
    assert events(answer)["toast"]["text"] == "Ended Acme Research’s subscription to US Equity TAQ."
    assert front_door.get(rows_of_taq, key=key).json()["code"] == "not_subscribed"
    assert cells(operator.page(PAGE))[TAQ][3] == "Ended"
    again = sent(operator, path, reason="once more")
    assert events(again)["toast"] == {"text": "The subscription to US Equity TAQ is over already.", "kind": "error"}
    assert AuditEvent.objects.get(kind="subscription.ended").details["reason"] == "not paid"


def test_the_end_can_be_set_and_taken_away(cast: Cast, operator: Visitor) -> None:
    subscription = cast.acme.subscriptions.get(dataset=TAQ)
    path = f"/operators/subscriptions/{subscription.pk}/end/"
    sent(operator, path, ends="date", ends_on=in_days(3), reason="trial")
    subscription.refresh_from_db()
    assert subscription.status == "ending"
    assert "never" not in operator.page(path).one("dl").text
    sent(operator, path, ends="never", reason="paid")
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ends_at) == ("active", None)


def test_what_is_not_there_is_not_found(cast: Cast, operator: Visitor) -> None:
    for path in ("/operators/teams/umbrella/subscriptions/", "/operators/subscriptions/none-such/end/"):
        assert operator.get(path).status_code == 404
    assert operator.get(GRANT, headers=HTMX).content.decode().count('id="dialog-title"') == 1
