"""Copy in the list of keys: straight to the clipboard; the key only from a sealed copy, for who proves it is them."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apikeys import services
from apikeys.models import ApiKey
from teams.models import AuditEvent, User
from tests.cast import BY_TESTS, PASSWORD, Cast, make_key
from tests.conftest import SignIn
from tests.markup import read, said

LIST = "/teams/acme/authorization/"
CLIPBOARD = {"X-Gatehouse-Clipboard": "1"}


def copied(browser: Client, apikey: ApiKey, **options: Any) -> Any:
    return browser.post(f"/teams/acme/keys/{apikey.pk}/copy/", headers=CLIPBOARD, **options)


def signed_in_with_password(user: User) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def reauthenticated(browser: Client, answer: Any) -> Any:
    """Follows the answer of a refused copy the way the page's script does, and gives the password."""
    where = answer.json()["reauthenticate"]
    asked = browser.get(where)
    assert asked.status_code == 200
    back = parse_qs(urlsplit(where).query)["next"][0]
    return browser.post(where, {"password": PASSWORD, "next": back})


def copies_in_the_trail() -> list[tuple[str, str]]:
    return [(e.actor_name, e.object_id) for e in AuditEvent.objects.filter(kind="key.copied")]


def test_a_key_without_a_sealed_copy_gives_its_id_and_says_so(cast: Cast, sign_in: SignIn) -> None:
    made = make_key(cast.acme, cast.dev)
    answer = copied(sign_in(cast.dev), made.apikey)
    assert answer.status_code == 200
    assert answer.json()["copy"] == made.apikey.pk
    assert (
        answer.json()["message"] == "Copied the key ID of “Backtesting-Alpha-Bot”. The key itself was shown only once."
    )
    assert copies_in_the_trail() == []


def test_a_sealed_copy_asks_for_the_password_and_then_gives_the_key(cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, sealed=True)
    browser = signed_in_with_password(cast.dev)
    refused = copied(browser, made.apikey)
    assert refused.status_code == 401
    assert set(refused.json()) == {"reauthenticate"}
    back = reauthenticated(browser, refused)
    assert (back.status_code, back["Location"]) == (302, LIST)
    answer = copied(browser, made.apikey)
    assert answer.status_code == 200
    assert answer.json()["copy"] == made.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert made.text not in answer.json()["message"]
    assert copies_in_the_trail() == [("Dev Patel", made.apikey.pk)]
    assert "Dev Patel copied" in read(browser.get("/teams/acme/activity/")).text


def test_a_proof_of_five_minutes_ago_is_none(cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, sealed=True)
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser = signed_in_with_password(cast.dev)
        reauthenticated(browser, copied(browser, made.apikey))
        clock.move_to(start + timedelta(seconds=299))
        assert copied(browser, made.apikey).status_code == 200
        clock.move_to(start + timedelta(seconds=301))
        refused = copied(browser, made.apikey)
        assert refused.status_code == 401
        reauthenticated(browser, refused)
        assert copied(browser, made.apikey).json()["copy"] == made.text
    assert len(copies_in_the_trail()) == 2


def test_a_wrong_password_gives_nothing(cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, sealed=True)
    browser = signed_in_with_password(cast.dev)
    where = copied(browser, made.apikey).json()["reauthenticate"]
    assert "password" in read(browser.post(where, {"password": "wrong", "next": LIST})).error_of("password").lower()
    assert copied(browser, made.apikey).status_code == 401
    assert copies_in_the_trail() == []


@pytest.mark.parametrize("person", ["vic", "olga"])
def test_who_may_not_manage_the_key_gets_its_id(cast: Cast, sign_in: SignIn, person: str) -> None:
    made = make_key(cast.acme, cast.dev, sealed=True)
    answer = copied(sign_in(cast.person(person)), made.apikey)
    assert (answer.status_code, answer.json()["copy"]) == (200, made.apikey.pk)


def test_another_developer_gets_the_id_and_the_admin_the_key(cast: Cast) -> None:
    anns = make_key(cast.acme, cast.ann, "Anns-Bot", sealed=True)
    devs = make_key(cast.acme, cast.dev, "Devs-Bot", sealed=True)
    dev, ann = signed_in_with_password(cast.dev), signed_in_with_password(cast.ann)
    reauthenticated(dev, copied(dev, devs.apikey))
    reauthenticated(ann, copied(ann, devs.apikey))
    assert copied(dev, anns.apikey).json()["copy"] == anns.apikey.pk
    assert copied(ann, devs.apikey).json()["copy"] == devs.text


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}, {"X-Gatehouse-Clipboard": "yes"}])
def test_no_answer_that_a_browser_would_show_holds_the_key(cast: Cast, headers: dict[str, str], sealed: bool) -> None:
    made = make_key(cast.acme, cast.dev, sealed=sealed)
    browser = signed_in_with_password(cast.dev)
    if sealed:
        reauthenticated(browser, copied(browser, made.apikey))
    path = f"/teams/acme/keys/{made.apikey.pk}/copy/"
    for answer in (browser.post(path, headers=headers), browser.get(path, headers=headers)):
        everything = answer.content.decode() + str(answer.headers)
        assert made.text.rpartition("_")[2] not in everything
    assert copies_in_the_trail() == []


def test_a_plain_post_says_why_it_copies_nothing(cast: Cast, sign_in: SignIn) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    answer = sign_in(cast.dev).post(f"/teams/acme/keys/{apikey.pk}/copy/", follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert said(read(answer)) == ["Copying needs a browser with JavaScript: only a script can reach the clipboard."]


def test_nothing_is_left_to_copy_of_a_key_that_has_ended(cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, sealed=True)
    browser = signed_in_with_password(cast.dev)
    reauthenticated(browser, copied(browser, made.apikey))
    services.revoke_key(apikey=made.apikey, reason="", actor=BY_TESTS)
    assert copied(browser, made.apikey).json()["copy"] == made.apikey.pk
    services.delete_key(apikey=made.apikey, reason="", actor=BY_TESTS)
    answer = copied(browser, made.apikey)
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "The key “Backtesting-Alpha-Bot” has been deleted already."},
    )
    assert copies_in_the_trail() == []


def test_the_list_holds_no_key_to_copy(cast: Cast) -> None:
    made = make_key(cast.acme, cast.dev, sealed=True)
    browser = signed_in_with_password(cast.dev)
    reauthenticated(browser, copied(browser, made.apikey))
    page = browser.get(LIST).content.decode()
    assert made.apikey.hint in page
    assert made.text.rpartition("_")[2] not in page
    titles = [button.get("title") for button in read(browser.get(LIST)).all("button", id=f"copy-{made.apikey.pk}")]
    assert titles == ["Copy the key from its sealed copy"]
