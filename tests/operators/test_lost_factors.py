"""Vic has lost the phone and the recovery codes: Gus lets him in again, on record, and Vic is told of it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command

from teams import services
from teams.models import User
from tests.cast import BY_TESTS, Cast
from tests.front_door import OFFICE
from tests.identity.visitor import Visitor, leads_to, signed_in, what_happened
from tests.markup import Element, read
from tests.server import wait_until

TOLD = "[Gatehouse] Your second factors were removed"
PEOPLE = "/operators/admin/teams/user/"


@pytest.fixture
def vic(cast: Cast) -> Visitor:
    vic = signed_in(cast.vic, proved=True)
    vic.set_up_app()
    return vic


def password_is_enough(cast: Cast) -> bool:
    visitor = Visitor("203.0.113.9")
    visitor.sign_in(cast.vic.email)
    return visitor.is_in()


def link(page: Element, text: str) -> str:
    [found] = [each.get("href") for each in page.all("a") if each.text == text]
    return found


def test_an_operator_takes_them_away(
    cast: Cast, vic: Visitor, operator: Visitor, mailoutbox: list[EmailMessage]
) -> None:
    assert not password_is_enough(cast)
    person = operator.page(f"{PEOPLE}{cast.vic.pk}/change/")
    question = operator.page(link(person, "Remove second factors"))
    assert "Make sure that it is really Vic Viewer who asks" in question.text
    answer = operator.post(f"{PEOPLE}{cast.vic.pk}/second-factors/", follow=True)
    assert "Vic Viewer has no second factor any more" in read(answer).text
    assert password_is_enough(cast)
    assert not vic.is_in()
    assert what_happened("second_factor.taken_away") == [
        f"Gus Gate took every second factor from vic@acme.example from {OFFICE}"
    ]
    wait_until(lambda: TOLD in [message.subject for message in mailoutbox], "nobody told Vic")
    [told] = [message for message in mailoutbox if message.subject == TOLD]
    assert told.to == ["vic@acme.example"]
    assert "Gus Gate has removed every second factor" in told.body


def test_somebody_who_has_none(cast: Cast, operator: Visitor) -> None:
    assert "Remove second factors" not in operator.page(f"{PEOPLE}{cast.vic.pk}/change/").text
    answer = operator.post(f"{PEOPLE}{cast.vic.pk}/second-factors/", follow=True)
    assert "Vic Viewer has no second factor." in read(answer).text
    assert what_happened("second_factor.taken_away") == []


def test_operators_do_their_own_on_the_page_for_it(operator: Visitor, gus: User) -> None:
    answer = operator.post(f"{PEOPLE}{gus.pk}/second-factors/")
    assert leads_to(answer) == "/settings/security/"


def test_from_the_command_line(cast: Cast, vic: Visitor) -> None:
    out = StringIO()
    call_command("person", "list", "--json", stdout=out)
    protected = {person["email"]: person["second_factor"] for person in json.loads(out.getvalue())}
    assert (protected["vic@acme.example"], protected["ann@acme.example"]) == (True, False)
    call_command("person", "take-second-factors", "Vic@acme.example", stdout=StringIO())
    assert password_is_enough(cast)
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("person", "take-second-factors", "vic@acme.example")
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("person", "take-second-factors", "nobody@acme.example")


def test_a_team_that_asks_for_one_stays_closed_and_can_be_left(cast: Cast, vic: Visitor) -> None:
    services.require_second_factor(team=cast.acme, grace=timedelta(0), actor=BY_TESTS)
    call_command("person", "take-second-factors", "vic@acme.example", stdout=StringIO())
    again = signed_in(cast.vic)
    assert leads_to(again.get("/teams/acme/authorization/")) == "/settings/security/"
    security = again.page("/settings/security/")
    assert "Acme Research" in security.text
    assert again.post(link(security, "Leave Acme Research")).status_code == 302
    assert not cast.acme.memberships.filter(user=cast.vic).exists()
