"""Signing in and out with a password: who may, how often one may try, and where one gets to."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

import console.settings
from teams.models import User
from tests.cast import PASSWORD, Cast
from tests.markup import read

LOGIN = "/accounts/login/"
LIST = "/teams/acme/authorization/"
WRONG = "This e-mail address and password do not belong together."
SLOWED = "Too many failed attempts. Wait a few minutes, then try again."


def attempt(
    email: str, password: str, *, browser: Client | None = None, address: str = "127.0.0.1", **extra: str
) -> Any:
    data = {"login": email, "password": password} | extra
    return (browser or Client()).post(LOGIN, data, REMOTE_ADDR=address)


def told(answer: Any) -> str:
    return " ".join(alert.text for alert in read(answer).all(role="alert") if alert.text)


def is_signed_in(browser: Client) -> bool:
    return browser.get("/settings/profile/").status_code == 200


def test_with_the_right_password_one_gets_to_team_authorization(cast: Cast) -> None:
    browser = Client()
    form = read(browser.get(LOGIN))
    assert form.field("password").get("type") == "password"
    assert form.field("login").get("autocomplete")
    answer = browser.post(LOGIN, {"login": " ANN@Acme.example", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain == [("/", 302), (LIST, 302)]
    assert read(answer).one("title").text == "Team Authorization · Gatehouse"
    assert mail.outbox == []


def test_somebody_in_no_team_gets_to_the_profile(db: None) -> None:
    User.objects.create_user("new@acme.example", PASSWORD)
    browser = Client()
    attempt("new@acme.example", PASSWORD, browser=browser)
    answer = browser.get("/", follow=True)
    assert answer.redirect_chain == [("/settings/profile/", 302)]
    assert "You are in no team yet." in read(answer).text


def test_a_wrong_password_and_an_unknown_person_are_told_apart_by_nobody(cast: Cast) -> None:
    wrong, unknown = attempt(cast.ann.email, "wrong"), attempt("nobody@acme.example", PASSWORD)
    assert (wrong.status_code, unknown.status_code) == (200, 200)
    assert told(wrong) == told(unknown) == WRONG
    for answer in (wrong, unknown):
        assert "sessionid" not in answer.cookies
        assert "wrong" not in answer.content.decode()
        assert PASSWORD not in answer.content.decode()
    assert read(wrong).field("login").get("value") == cast.ann.email


def test_somebody_deactivated_does_not_get_in(cast: Cast) -> None:
    browser = Client()
    attempt(cast.ann.email, PASSWORD, browser=browser)
    assert is_signed_in(browser)
    User.objects.filter(pk=cast.ann.pk).update(is_active=False)
    assert not is_signed_in(browser)
    attempt(cast.ann.email, PASSWORD, browser=browser)
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("", ""),
        ("ann@acme.example", ""),
        ("\x00", "x"),
        ("ann", "x"),
        ("x" * 100_000, "x"),
        ("a@b.example", "🔑" * 9_000),
    ],
)
def test_nothing_that_is_typed_breaks_the_page(cast: Cast, email: str, password: str) -> None:
    answer = attempt(email, password)
    assert answer.status_code == 200
    assert read(answer).one("h1").text == "Sign in"


# Guessing is slow


def test_guessing_at_one_account_is_slowed_whatever_the_address(cast: Cast) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for n in range(5):
            assert told(attempt(cast.ann.email, f"guess-{n}", address=f"198.51.100.{n}")) == WRONG
        for email in (cast.ann.email, cast.ann.email.upper(), f" {cast.ann.email} "):
            assert told(attempt(email, PASSWORD, address="203.0.113.1")) == SLOWED
        assert attempt(cast.dev.email, PASSWORD, address="203.0.113.1").status_code == 302
        clock.move_to(start + timedelta(seconds=301))
        assert attempt(cast.ann.email, PASSWORD, address="203.0.113.1").status_code == 302


def test_guessing_from_one_address_is_slowed_whatever_the_account(cast: Cast) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for n in range(10):
            assert told(attempt(f"somebody-{n}@acme.example", "guess", address="198.51.100.7")) == WRONG
        assert told(attempt(cast.ann.email, PASSWORD, address="198.51.100.7")) == SLOWED
        assert attempt(cast.ann.email, PASSWORD, address="198.51.100.8").status_code == 302
        clock.move_to(start + timedelta(seconds=61))
        assert attempt(cast.ann.email, PASSWORD, address="198.51.100.7").status_code == 302


def test_a_forged_header_or_another_host_gives_no_further_attempts(cast: Cast) -> None:
    for n in range(12):
        headers = {"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}"}
        data = {"login": f"somebody-{n}@acme.example", "password": "guess"}
        answer = Client().post(LOGIN, data, headers=headers | {"Host": "localhost" if n % 2 else "127.0.0.1"})
    assert told(answer) == SLOWED


def test_a_flood_gets_a_page_of_ours(cast: Cast) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        statuses = [attempt("", "", address="198.51.100.7").status_code for _ in range(31)]
        assert statuses == [200] * 30 + [429]
        page = read(attempt("", "", address="198.51.100.7"))
    assert page.one("h1").text == "Too many attempts"


def test_attempts_are_counted_where_every_process_sees_them(cast: Cast) -> None:
    def counted() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM console_cache")
            return int(cursor.fetchone()[0])

    before = counted()
    attempt(cast.ann.email, "wrong")
    assert counted() > before
    assert "DatabaseCache" in console.settings.CACHES["default"]["BACKEND"]


# Where one gets to


@pytest.mark.parametrize("path", [LIST + "?keys.q=bot&keys.page=2", "/teams/acme/keys/generate/", "/settings/profile/"])
def test_who_had_to_sign_in_comes_back_to_where_they_were_going(cast: Cast, path: str) -> None:
    browser = Client()
    page = read(browser.get(path, follow=True))
    form = page.one("form", _class="stack")
    hidden = {element.get("name"): element.get("value") for element in form.all("input", type="hidden")}
    answer = browser.post(LOGIN, hidden | {"login": cast.ann.email, "password": PASSWORD})
    assert answer["Location"] == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "http://localhost/",
        "http://127.0.0.1:9000/",
        "http://testserver/",
        "\t//evil.example",
        "/%0d%0aSet-Cookie:x=y\r\nX: y",
    ],
)
def test_nobody_is_sent_elsewhere(cast: Cast, elsewhere: str) -> None:
    """A link to the sign-in page must not be a link to somewhere else, on this host neither."""
    browser = Client()
    places = [attempt(cast.ann.email, PASSWORD, browser=browser, next=elsewhere)["Location"]]
    places.append(browser.get(LOGIN, {"next": elsewhere})["Location"])
    places.append(browser.post("/accounts/logout/", {"next": elsewhere})["Location"])
    for place in places:
        assert place in {"/", LOGIN} or place.startswith("/%0d%0aSet-Cookie:x=y"), place
        assert "\n" not in place


# The session


def test_the_session_is_a_new_one_and_its_cookie_is_kept_from_scripts_and_other_sites(cast: Cast) -> None:
    browser = Client()
    browser.get(LOGIN)
    browser.cookies[settings.SESSION_COOKIE_NAME] = "chosen-by-somebody-else"
    answer = attempt(cast.ann.email, PASSWORD, browser=browser)
    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie.value != "chosen-by-somebody-else"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    csrf = answer.cookies[settings.CSRF_COOKIE_NAME]
    assert (csrf["httponly"], csrf["samesite"]) == (True, "Lax")
    first = cookie.value
    attempt(cast.ann.email, PASSWORD, browser=browser)
    browser.post("/accounts/logout/")
    assert attempt(cast.ann.email, PASSWORD, browser=browser).cookies[settings.SESSION_COOKIE_NAME].value != first
    assert not Session.objects.filter(session_key=first).exists()


def test_signing_out_takes_a_post_and_ends_the_session(cast: Cast) -> None:
    browser = Client()
    key = attempt(cast.ann.email, PASSWORD, browser=browser).cookies[settings.SESSION_COOKIE_NAME].value
    asked = browser.get("/accounts/logout/")
    assert asked.status_code == 200
    assert is_signed_in(browser)
    assert browser.post("/accounts/logout/")["Location"] == LOGIN
    assert not is_signed_in(browser)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not is_signed_in(thief)


def test_no_password_is_in_the_session(cast: Cast) -> None:
    browser = Client()
    attempt(cast.ann.email, PASSWORD, browser=browser)
    browser.get("/accounts/reauthenticate/?next=/")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/"})
    assert not any(PASSWORD in str(session.get_decoded()) for session in Session.objects.all())


# The password


def changed(browser: Client, old: str, new: str, again: str = "") -> Any:
    data = {"oldpassword": old, "password1": new, "password2": again or new}
    return browser.post("/accounts/password/change/", data)


def test_a_changed_password_is_the_only_one_and_ends_the_other_sessions(cast: Cast) -> None:
    here, elsewhere = Client(), Client()
    for browser in (here, elsewhere):
        attempt(cast.ann.email, PASSWORD, browser=browser)
    assert changed(here, PASSWORD, "an entirely new phrase").status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert told(attempt(cast.ann.email, PASSWORD)) == WRONG
    assert attempt(cast.ann.email, "an entirely new phrase").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("wrong", "an entirely new phrase", "", "oldpassword"),
        (PASSWORD, "short", "", "password1"),
        (PASSWORD, "password1234", "", "password1"),
        (PASSWORD, "ann@acme.example", "", "password1"),
        (PASSWORD, "an entirely new phrase", "another phrase entirely", "password2"),
        (PASSWORD, "", "", "password1"),
    ],
)
def test_a_bad_change_says_why_beside_the_field(cast: Cast, old: str, new: str, again: str, field: str) -> None:
    browser = Client()
    attempt(cast.ann.email, PASSWORD, browser=browser)
    answer = changed(browser, old, new, again)
    assert answer.status_code == 200
    assert read(answer).error_of(field)
    assert attempt(cast.ann.email, PASSWORD).status_code == 302


def test_passwords_are_kept_as_argon2id_hashes(settings: Any) -> None:
    """The tests use a quicker hash; this is what runs otherwise."""
    settings.PASSWORD_HASHERS = console.settings.PASSWORD_HASHERS
    encoded = make_password(PASSWORD)
    assert encoded.startswith("argon2$argon2id$")
    assert identify_hasher(encoded).algorithm == "argon2"
    assert check_password(PASSWORD, encoded)
    assert not check_password(PASSWORD + " ", encoded)


# What the operator sets


@pytest.mark.parametrize(("url", "secure"), [("https://gatehouse.example", True), ("http://127.0.0.1:8000", False)])
def test_cookies_are_bound_to_tls_where_there_is_tls(tmp_path: Path, url: str, secure: bool) -> None:
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "CSRF_COOKIE_HTTPONLY"]
    code = f"import json, console.settings as s; print(json.dumps([getattr(s, name) for name in {names!r}]))"
    environment = os.environ | {"GATEHOUSE_PUBLIC_URL": url, "GATEHOUSE_DATA_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [secure, secure, 31_536_000 if secure else 0, True]


def test_nobody_signs_up_by_themselves(db: None) -> None:
    data = {"email": "new@acme.example", "password1": "an entirely new phrase", "password2": "an entirely new phrase"}
    for path in ("/accounts/signup/", "/accounts/sso/signup/"):
        answer = Client().post(path, data)
        assert answer.status_code in {302, 404}
    assert not User.objects.filter(email="new@acme.example").exists()
    assert "sign up" not in read(Client().get(LOGIN)).text.lower()
