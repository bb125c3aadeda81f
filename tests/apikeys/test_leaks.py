"""Somebody finds a key where others can read it: it stops, and those who answer for it know."""

import re
import zlib
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.mail import EmailMessage
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from apikeys import leaks, services
from apikeys.key_format import KEY_PATTERN, checksum, keys_in, new_key
from apikeys.leaks import MOST_PLACES, report_leak
from apikeys.models import ApiKey, LeakReport
from apikeys.services import GeneratedKey
from console.enforcement.loading import load_key
from teams.audit import Actor
from teams.models import AuditEvent
from teams.services import add_to_group, create_group
from tests.cast import BY_TESTS, Cast, make_key
from tests.commands import manage_json, refused
from tests.conftest import SignIn
from tests.server import ROOT, wait_until

FOUND_AT = "https://git.example/acme/bot/blob/main/.env"
A_STRANGER = Actor(name="Somebody not signed in", address="198.51.100.7")


@pytest.fixture
def made(cast: Cast) -> GeneratedKey:
    return make_key(cast.acme, cast.dev)


def report(made: GeneratedKey, found_at: str = FOUND_AT) -> ApiKey | None:
    return report_leak(text=made.text, found_at=found_at, actor=A_STRANGER)


def test_the_key_stops_at_once(made: GeneratedKey) -> None:
    report(made)
    policy = load_key(made.apikey.pk)
    assert policy
    assert policy.disabled
    apikey = ApiKey.objects.get()
    assert apikey.status == "disabled"
    assert FOUND_AT in apikey.status_reason


def test_owner_and_admins_are_told_and_nobody_else(
    made: GeneratedKey, cast: Cast, mailoutbox: list[EmailMessage]
) -> None:
    report(made)
    wait_until(lambda: len(mailoutbox) == 2, "not everybody was mailed")
    assert {address for mail in mailoutbox for address in mail.to} == {cast.dev.email, cast.ann.email}
    for mail in mailoutbox:
        assert FOUND_AT in mail.body
        assert f"/teams/acme/keys/{made.apikey.pk}/" in mail.body
        assert made.text not in f"{mail.body} {mail.subject}"


def test_of_a_key_of_a_group_its_members_are_told(cast: Cast, mailoutbox: list[EmailMessage]) -> None:
    quants = create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    add_to_group(group=quants, user=cast.vic, actor=BY_TESTS)
    report(make_key(cast.acme, quants))
    wait_until(lambda: len(mailoutbox) == 2, "not everybody was mailed")
    assert {address for mail in mailoutbox for address in mail.to} == {cast.vic.email, cast.ann.email}


def test_the_trail_says_who_reported_it_from_where_and_what_was_found(made: GeneratedKey) -> None:
    report(made)
    event = AuditEvent.objects.get(kind="key.leaked")
    assert (event.actor_name, event.actor_address) == (A_STRANGER.name, A_STRANGER.address)
    assert event.details["found_at"] == FOUND_AT
    assert made.text not in str(AuditEvent.objects.values_list("details", "object_name"))


def test_the_same_place_twice_is_no_news(made: GeneratedKey, mailoutbox: list[EmailMessage]) -> None:
    report(made)
    wait_until(lambda: len(mailoutbox) == 2, "not everybody was mailed")
    report(made)
    assert LeakReport.objects.get().reports == 2
    assert AuditEvent.objects.filter(kind="key.leaked").count() == 1
    assert len(mailoutbox) == 2


def test_another_place_is(made: GeneratedKey, mailoutbox: list[EmailMessage]) -> None:
    report(made)
    report(made, "https://paste.example/1")
    assert LeakReport.objects.count() == 2
    assert AuditEvent.objects.filter(kind="key.disabled").count() == 1
    wait_until(lambda: len(mailoutbox) == 4, "not everybody was mailed")


def test_a_key_that_was_enabled_again_and_is_reported_again_stops_again(made: GeneratedKey) -> None:
    report(made)
    services.enable_key(apikey=made.apikey, actor=BY_TESTS)
    report(made)
    assert ApiKey.objects.get().status == "disabled"
    assert AuditEvent.objects.filter(kind="key.leaked").count() == 2


def test_whoever_holds_a_leaked_key_cannot_fill_the_list_of_places(made: GeneratedKey) -> None:
    for number in range(MOST_PLACES + 5):
        report(made, f"https://paste.example/{number}")
    assert LeakReport.objects.count() == MOST_PLACES
    assert AuditEvent.objects.filter(kind="key.leaked").count() == MOST_PLACES


@pytest.mark.parametrize("end", [services.revoke_key, services.delete_key])
def test_a_key_that_was_stopped_for_good_stays_so_and_nobody_is_mailed(
    made: GeneratedKey, end: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(leaks.key_leaked, "send", lambda **about: sent.append(about))
    end(apikey=made.apikey, actor=BY_TESTS)
    assert report(made) == made.apikey
    assert ApiKey.objects.get().status == "revoked"
    assert AuditEvent.objects.filter(kind="key.leaked").count() == 1
    assert sent == []


def test_an_id_alone_stops_nothing(made: GeneratedKey) -> None:
    forged = new_key("gate").text
    wrong_secret = f"gate_{made.apikey.pk}_{forged.split('_')[2][:-6]}"
    wrong_secret += checksum(wrong_secret)
    for text in (forged, wrong_secret, made.apikey.pk, made.apikey.hint, made.text[:-1], ""):
        assert report_leak(text=text, actor=A_STRANGER) is None
    assert ApiKey.objects.get().status == "active"
    assert not LeakReport.objects.exists()
    assert not AuditEvent.objects.filter(kind="key.leaked").exists()


def test_an_id_that_exists_costs_no_more_queries_than_one_that_does_not(
    made: GeneratedKey, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    forged = new_key("gate").text
    body = f"gate_{made.apikey.pk}_{forged.split('_')[2][:-6]}"
    for text in (forged, body + checksum(body)):
        with django_assert_num_queries(3):  # the transaction's two, and one look
            report_leak(text=text, actor=A_STRANGER)


def test_its_page_shows_the_places_as_text(made: GeneratedKey, cast: Cast, sign_in: SignIn) -> None:
    report(made, "javascript:alert(1) <b>here</b>")
    page = sign_in(cast.dev).get(f"/teams/acme/keys/{made.apikey.pk}/").content.decode()
    assert "javascript:alert(1) &lt;b&gt;here&lt;/b&gt;" in page
    assert 'href="javascript' not in page


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_key_is_found_in_any_text_around_it(before: str, after: str) -> None:
    key = new_key("gate").text
    assert keys_in(f"{before} {key}\n{after} MY_{key}") == [key]


@given(st.text(alphabet="gate_0aZ", max_size=200))
def test_what_only_looks_like_a_key_is_not_found(text: str) -> None:
    assert keys_in(text) == []


def test_the_documents_example_is_a_key_and_its_code_says_so() -> None:
    page = (ROOT / "docs/key-format.md").read_text()
    [example] = keys_in(page)
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    pattern = re.search(r"^ {4}(gate_\[.*)$", page, re.MULTILINE)
    assert code
    assert pattern
    scope: dict[str, object] = {"zlib": zlib}
    exec(code[1], scope)  # noqa: S102 - our own document
    is_key = scope["is_key"]
    assert callable(is_key)
    made = new_key("gate").text
    for text in (example, made):
        assert is_key(text)
        assert not is_key(text[:-1] + ("0" if text[-1] != "0" else "1"))
        assert re.fullmatch(pattern[1], text)
        assert re.fullmatch(KEY_PATTERN, text)


def test_the_command_takes_a_text_on_standard_input(made: GeneratedKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"API_KEY={made.text}\nOTHER={new_key('gate').text}\n"))
    told = manage_json("apikey", "report-leak", "--found-at", FOUND_AT)
    assert [each["id"] for each in told["keys"]] == [made.apikey.pk]
    assert told["keys"][0]["status"] == "disabled"
    assert told["unknown"] == 1
    assert made.text not in str(told)


def test_the_command_says_when_there_is_no_key_in_the_text(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("nothing"))
    assert "no whole key" in refused("apikey", "report-leak")
