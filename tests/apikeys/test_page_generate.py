"""A developer generates a key in the console: the form, what it refuses, and the one answer that shows the key."""

from collections.abc import Iterator
from datetime import date, timedelta
from html import escape
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from apikeys.models import ApiKey
from teams.models import Group, User
from teams.services import create_group
from tests.cast import BY_TESTS, Cast, list_network, make_key
from tests.conftest import SignIn
from tests.markup import Element, events, read, rows, said

GENERATE = "/teams/acme/keys/generate/"
LIST = "/teams/acme/authorization/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def dev(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.dev)


def filled_in(browser: Client, **typed: str) -> dict[str, str]:
    """The form as a person sends it: opened, with what was typed in place of what was proposed."""
    return read(browser.get(GENERATE)).form | {"name": "Backtesting-Alpha-Bot"} | typed


def refused(browser: Client, **typed: str) -> Element:
    """The form that comes back. Nothing was made, and it still holds what was typed."""
    before = ApiKey.objects.count()
    answer = browser.post(GENERATE, filled_in(browser, **typed))
    assert answer.status_code == 422
    assert ApiKey.objects.count() == before
    page = read(answer)
    if typed.get("name", "").strip():
        assert page.form["name"] == typed["name"]
    return page


def key_on(answer: Any) -> str:
    page = read(answer)
    return page.one("input", id="new-key").get("value")


def everything_stored() -> Iterator[str]:
    """Every value of every row of every table: sessions, messages, the cache and the trail among them."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                yield from map(str, row)


def test_the_form_proposes_the_person_ninety_days_and_no_sealed_copy(cast: Cast, dev: Client) -> None:
    page = read(dev.get(GENERATE))
    form = page.form
    assert (form["owner"], form["expires_in"], form["name"]) == (f"user:{cast.dev.pk}", "90", "")
    assert "keep_sealed_copy" not in form
    periods = [option.get("value") for option in page.field("expires_in").all("option")]
    assert periods == ["7", "30", "60", "90", "180", "365", "date"]
    assert page.one("label", _for=page.field("name").get("id")).text == "Key Name"


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain form", "htmx"])
def test_the_key_is_in_the_one_answer_and_nowhere_else(cast: Cast, dev: Client, headers: dict[str, str]) -> None:
    answer = dev.post(GENERATE, filled_in(dev), headers=headers)
    assert answer.status_code == 200
    key = key_on(answer)
    apikey = ApiKey.objects.get()
    assert key.startswith(f"gate_{apikey.pk}_")
    assert "no-store" in answer.headers["Cache-Control"]
    assert not any(key in value for value in [*answer.headers.values(), *map(str, answer.cookies.values())])
    secret = key.rpartition("_")[2]
    assert not any(secret in value for value in everything_stored())
    for address in (GENERATE, LIST, "/teams/acme/activity/"):
        later = dev.get(address)
        assert secret not in later.content.decode()
        assert "no-store" in later.headers["Cache-Control"]
    assert said(read(dev.get(LIST))) == []


def test_the_answer_warns_masks_and_shows_how_to_try_it(cast: Cast, dev: Client) -> None:
    answer = dev.post(GENERATE, filled_in(dev), headers=HTMX)
    page = read(answer)
    assert "This is the only time the key is shown." in page.text
    assert "masked" in page.one("input", id="new-key").get("class").split()
    command = f'curl -H "Authorization: Bearer {key_on(answer)}" http://127.0.0.1:8000/api/v1/datasets'
    assert [element.get("data-copy") for element in page if element.get("data-copy")] == [command]
    assert "403 IP address not allowed" in page.text
    assert key_on(answer) not in page.text


def test_from_a_listed_address_no_refusal_is_foretold(cast: Cast, dev: Client) -> None:
    list_network(cast.acme, "127.0.0.1")
    answer = dev.post(GENERATE, filled_in(dev), headers=HTMX)
    assert "403" not in read(answer).text


def test_who_manages_networks_is_offered_to_add_the_own_address(cast: Cast, sign_in: SignIn, dev: Client) -> None:
    for browser, offered in ((sign_in(cast.ann), True), (dev, False)):
        data = filled_in(browser, name=f"Bot {offered}")
        text = read(browser.post(GENERATE, data, headers=HTMX)).text
        assert ("Add my current IP" in text) is offered


def test_htmx_gets_the_dialog_and_the_list_behind_it_is_told(dev: Client) -> None:
    opened = dev.get(GENERATE, headers=HTMX)
    generated = dev.post(GENERATE, filled_in(dev), headers=HTMX)
    for answer in (opened, generated):
        assert not read(answer).all("html")
        assert read(answer).one(id="dialog-title")
        assert "HX-Request" in answer.headers["Vary"]
    assert events(opened) == {}
    assert events(generated) == {"keys-changed": True}
    listed = dev.get(LIST, headers=HTMX | {"HX-Target": "keys-list"})
    assert [row.all("bdi")[0].text for row in rows(read(listed), "keys-list")] == ["Backtesting-Alpha-Bot"]
    assert not read(listed).all(id="networks-list")


def test_without_script_it_is_a_page(dev: Client) -> None:
    opened = dev.get(GENERATE)
    generated = dev.post(GENERATE, filled_in(dev))
    for answer in (opened, generated):
        assert read(answer).one("title")
        assert "HX-Request" in answer.headers["Vary"]
        assert "HX-Trigger" not in answer.headers
    assert read(generated).one("a", _class="button").get("href") == LIST


def test_a_second_submission_of_the_same_form_makes_nothing_and_says_so(cast: Cast, dev: Client) -> None:
    form = filled_in(dev)
    first = dev.post(GENERATE, form, headers=HTMX)
    second = dev.post(GENERATE, form, headers=HTMX)
    assert (first.status_code, second.status_code) == (200, 422)
    assert ApiKey.objects.count() == 1
    (alert,) = read(second).all(role="alert")
    assert "already generated the key “Backtesting-Alpha-Bot”" in alert.text
    assert "shown in the answer to the first submission only" in alert.text
    assert key_on(first).rpartition("_")[2] not in second.content.decode()
    assert events(second) == {"keys-changed": True}
    renewed = read(second).form | {"name": "Another-Bot"}
    assert dev.post(GENERATE, renewed, headers=HTMX).status_code == 200, "the open dialog can be used once more"


def test_the_same_form_serves_once_in_another_team_too(cast: Cast, sign_in: SignIn, dev: Client) -> None:
    """Somebody in two teams: a form of the one, sent to the other, must not tell of what the one has."""
    form = filled_in(dev, name="Secret-Project")
    assert dev.post(GENERATE, form).status_code == 200
    owner = {"owner": f"user:{cast.mallory.pk}"}
    answer = sign_in(cast.mallory).post("/teams/globex/keys/generate/", form | owner | {"name": "Probe"})
    assert answer.status_code == 422
    assert "Secret-Project" not in answer.content.decode()
    assert "cannot be used any more" in read(answer).text


@pytest.mark.parametrize("submission", ["", "not-a-uuid", "\x00"])
def test_a_form_without_its_number_is_refused_in_plain_sight(dev: Client, submission: str) -> None:
    page = refused(dev, submission=submission)
    (alert,) = page.all(role="alert")
    assert "incomplete" in alert.text


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Give the key a name"),
        ("   ", "Give the key a name"),
        ("x" * 10_000, "at most 64 characters"),
        ("x" * 65, "at most 64 characters"),
        ("a\u202egpj.exe", "changes the writing direction"),
        ("\u200d", "Give the key a name"),
        ("a\x07b", "control character"),
    ],
)
def test_names_that_cannot_be(dev: Client, name: str, error: str) -> None:
    assert error in refused(dev, name=name).error_of("name")


@pytest.mark.parametrize("name", ["a\x00b", "\x00"])
def test_a_name_with_a_nul_cannot_be(dev: Client, name: str) -> None:
    assert dev.post(GENERATE, filled_in(dev, name=name)).status_code == 422


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("🚀 Launch 👩‍👩‍👧", None),
        ("<script>alert(1)</script>", None),
        ('"><img src=x onerror=alert(1)>', None),
        ("{{ 7|add:7 }}{% now 'Y' %}", None),
        ("מפתח של הבוט", None),
        ("  two   words ", "two words"),
        ("x" * 64, None),
    ],
)
def test_names_that_can_be_are_shown_as_they_were_typed(dev: Client, name: str, kept: str | None) -> None:
    """In the list, in the dialog, in the trail; and never as markup."""
    kept = kept or name
    answer = dev.post(GENERATE, filled_in(dev, name=name), headers=HTMX)
    assert answer.status_code == 200
    apikey = ApiKey.objects.get()
    assert apikey.name == kept
    for address in (LIST, f"/teams/acme/keys/{apikey.pk}/revoke/", "/teams/acme/activity/"):
        page = dev.get(address).content.decode()
        assert escape(kept) in page
        assert escape(kept) == kept or kept not in page
    assert kept in read(dev.get(LIST)).one("td", data_label="Name").text


def test_a_name_is_taken_while_its_key_lives(cast: Cast, dev: Client) -> None:
    make_key(cast.acme, cast.ann, "Backtesting-Alpha-Bot")
    assert "already called" in refused(dev, name="backtesting-ALPHA-bot").error_of("name")
    make_key(cast.globex, cast.mallory, "Elsewhere")
    assert dev.post(GENERATE, filled_in(dev, name="Elsewhere")).status_code == 200


@pytest.mark.parametrize(
    ("expires_in", "expires_on", "field", "error"),
    [
        ("date", "", "expires_on", "Choose a date."),
        ("date", "2026-02-30", "expires_on", "Enter a valid date."),
        ("date", "tomorrow", "expires_on", "Enter a valid date."),
        ("date", "0001-01-01", "expires_on", "Choose a date in the future."),
        ("date", "2020-01-01", "expires_on", "Choose a date in the future."),
        ("date", "9999-12-31", "expires_on", "at most 365 days"),
        ("", "", "expires_in", "This field is required."),
        ("400", "", "expires_in", "not one of the available choices"),
        ("-1", "", "expires_in", "not one of the available choices"),
        ("90 days", "", "expires_in", "not one of the available choices"),
    ],
)
def test_expiries_that_cannot_be(dev: Client, expires_in: str, expires_on: str, field: str, error: str) -> None:
    page = refused(dev, expires_in=expires_in, expires_on=expires_on)
    assert error in page.error_of(field)
    assert page.field("expires_on").get("value") == expires_on


def test_what_was_typed_as_a_date_does_not_matter_once_a_period_is_chosen(dev: Client) -> None:
    """The field is hidden then: an error beside it would be seen by nobody."""
    assert dev.post(GENERATE, filled_in(dev, expires_in="30", expires_on="20260-01-01")).status_code == 200


def test_a_date_is_the_end_of_that_day_where_the_person_is(cast: Cast, dev: Client) -> None:
    User.objects.filter(pk=cast.dev.pk).update(time_zone="America/New_York")
    with time_machine.travel("2026-07-01T15:00:00Z", tick=False):
        assert dev.post(GENERATE, filled_in(dev, expires_in="date", expires_on="2026-07-10")).status_code == 200
    assert ApiKey.objects.get().expires_at.isoformat() == "2026-07-11T03:59:59+00:00"


def test_the_last_day_that_the_form_offers_can_be_chosen(cast: Cast, dev: Client) -> None:
    last = date.fromisoformat(read(dev.get(GENERATE)).field("expires_on").get("max"))
    assert dev.post(GENERATE, filled_in(dev, expires_in="date", expires_on=last.isoformat())).status_code == 200
    later = (last + timedelta(days=1)).isoformat()
    assert "at most 365 days" in refused(dev, name="Other", expires_in="date", expires_on=later).error_of("expires_on")


def test_the_longest_lifetime_of_the_team_is_offered_and_kept_to(cast: Cast, dev: Client) -> None:
    form = filled_in(dev)
    cast.acme.max_key_lifetime_days = 45
    cast.acme.save()
    periods = [option.get("value") for option in read(dev.get(GENERATE)).field("expires_in").all("option")]
    assert periods == ["7", "30", "45", "date"]
    stale = dev.post(GENERATE, form)
    assert stale.status_code == 422
    assert "not one of the available choices" in read(stale).error_of("expires_in")
    assert dev.post(GENERATE, form | {"expires_in": "45"}).status_code == 200
    key = ApiKey.objects.get()
    assert key.expires_at - key.created_at <= timedelta(days=45)


@pytest.mark.parametrize("rate_limit", ["0", "-1", "1000001", "ten", "1e3", "9" * 400, "½"])
def test_rate_limits_that_cannot_be(dev: Client, rate_limit: str) -> None:
    page = refused(dev, rate_limit=rate_limit)
    assert page.error_of("rate_limit")
    assert page.field("rate_limit").get("value") == rate_limit


def test_owners_are_the_person_and_the_own_groups_and_for_admins_everybody(cast: Cast, sign_in: SignIn) -> None:
    quants = create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)
    create_group(team=cast.acme, name="Trading", actor=BY_TESTS)
    quants.members.add(cast.dev)
    create_group(team=cast.globex, name="Globex Group", actor=BY_TESTS)

    def offered(person: User) -> list[str]:
        return [option.text for option in read(sign_in(person).get(GENERATE)).field("owner").all("option")]

    assert offered(cast.dev) == ["Dev Patel (you)", "Quant Research (group)"]
    assert offered(cast.ann) == [
        "Ann Lee (you)",
        "Dev Patel",
        "Olga Ops",
        "Vic Viewer",
        "Quant Research (group)",
        "Trading (group)",
    ]


def test_nobody_else_can_be_made_the_owner_by_a_crafted_post(cast: Cast, dev: Client, sign_in: SignIn) -> None:
    others = create_group(team=cast.acme, name="Trading", actor=BY_TESTS)
    foreign = create_group(team=cast.globex, name="Globex Group", actor=BY_TESTS)
    for owner in (f"user:{cast.ann.pk}", f"user:{cast.mallory.pk}", f"group:{others.slug}", "user:999", "", "x", "🚀"):
        assert refused(dev, owner=owner).error_of("owner"), owner
    ann = sign_in(cast.ann)
    for owner in (f"user:{cast.mallory.pk}", f"group:{foreign.slug}"):
        assert refused(ann, owner=owner).error_of("owner"), owner


def test_a_group_can_own_a_key(cast: Cast, dev: Client) -> None:
    group = create_group(team=cast.acme, name="Quant Research", actor=BY_TESTS)
    group.members.add(cast.dev)
    assert dev.post(GENERATE, filled_in(dev, owner=f"group:{group.slug}")).status_code == 200
    assert ApiKey.objects.get().owner_group == Group.objects.get()


def test_a_sealed_copy_is_kept_when_ticked_and_cannot_be_where_the_team_forbids_it(cast: Cast, dev: Client) -> None:
    assert dev.post(GENERATE, filled_in(dev, keep_sealed_copy="on")).status_code == 200
    assert ApiKey.objects.get().has_sealed_copy
    cast.acme.sealed_copies_allowed = False
    cast.acme.save()
    assert not [element for element in read(dev.get(GENERATE)) if element.get("name") == "keep_sealed_copy"]
    crafted = filled_in(dev, name="Other", keep_sealed_copy="on")
    assert dev.post(GENERATE, crafted).status_code == 200
    assert not ApiKey.objects.get(name="Other").has_sealed_copy


def test_a_post_without_any_field_says_what_is_missing(dev: Client) -> None:
    answer = dev.post(GENERATE)
    assert answer.status_code == 422
    page = read(answer)
    assert page.error_of("name")
    assert page.error_of("owner")
    assert ApiKey.objects.count() == 0


def test_session_holds_nothing_of_the_key(cast: Cast, dev: Client) -> None:
    key = key_on(dev.post(GENERATE, filled_in(dev)))
    contents = [str(session.get_decoded()) for session in Session.objects.all()]
    assert contents
    assert not any(part in content for content in contents for part in key.split("_")[1:])


def test_two_forms_opened_side_by_side_make_two_keys(dev: Client) -> None:
    first, second = filled_in(dev), filled_in(dev, name="Second")
    assert first["submission"] != second["submission"]
    assert {dev.post(GENERATE, form).status_code for form in (first, second)} == {200}
    assert ApiKey.objects.count() == 2


def test_rotating_shows_the_successor_once_and_leaves_the_old_key_alone(cast: Cast, dev: Client) -> None:
    old = make_key(cast.acme, cast.dev).apikey
    rotate = f"/teams/acme/keys/{old.pk}/rotate/"
    form = read(dev.get(rotate)).form
    answer = dev.post(rotate, form, headers=HTMX)
    assert answer.status_code == 200
    assert key_on(answer)
    assert "The key it succeeds works until you revoke it." in read(answer).text
    assert "no-store" in answer.headers["Cache-Control"]
    assert events(answer) == {"keys-changed": True}
    again = dev.post(rotate, form, headers=HTMX)
    assert again.status_code == 422
    assert "already generated" in read(again).one(role="alert").text
    anew = dev.post(rotate, form | {"submission": str(uuid4())})
    assert anew.status_code == 422
    assert "rotated already" in read(anew).one(role="alert").text
    assert ApiKey.objects.live(timezone.now()).count() == 2
