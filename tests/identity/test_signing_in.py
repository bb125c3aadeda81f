"""Signing in and out with address and password, and where it leads."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.models import Session

from console import settings as real_settings
from teams.models import User
from tests.cast import PASSWORD, Cast
from tests.front_door import FrontDoorClient
from tests.identity.visitor import SECURITY, Visitor, leads_to, signed_in
from tests.markup import read


@pytest.mark.parametrize("typed", ["ann@acme.example", "ANN@ACME.EXAMPLE", "  Ann@Acme.Example "])
def test_the_case_of_an_address_does_not_matter(cast: Cast, typed: str) -> None:
    visitor = Visitor()
    assert leads_to(visitor.sign_in(typed)) == "/"
    assert visitor.is_in()


@pytest.mark.parametrize(
    "typed",
    [
        "\u0430nn@acme.example",  # a Cyrillic a
        "ａnn@acme.example",  # full width
        "ann@ａcme.example",
        "ann@\u0430cme.example",
        "ann@acme.example\u200b",
        "ann@acme\u3002example",  # an ideographic full stop
        "ann@acme.example.",
    ],
)
def test_what_only_looks_like_an_address_opens_nothing(cast: Cast, typed: str) -> None:
    visitor = Visitor()
    assert visitor.sign_in(typed).status_code == 200
    assert not visitor.is_in()


def test_a_letter_that_becomes_plain_in_lower_case_is_not_plain(cast: Cast) -> None:
    """The Kelvin sign: `"K".lower() == "k"`."""
    User.objects.create_user("kim@acme.example", PASSWORD)
    visitor = Visitor()
    answer = visitor.sign_in("\u212aim@acme.example")
    assert "(U+212A) is not a plain letter" in read(answer).text
    assert not visitor.is_in()


def test_the_answer_does_not_tell_who_is_here(cast: Cast) -> None:
    """A wrong password and an address that nobody has: the same page, but for what was typed."""
    pages = []
    for email in ("ann@acme.example", "nobody@acme.example"):
        answer = Visitor().sign_in(email, "wrong")
        page = read(answer)
        tokens = {field.get("value") for field in page.all(name="csrfmiddlewaretoken")}
        text = answer.content.decode().replace(email, "…")
        for token in tokens:
            text = text.replace(token, "…")
        pages.append(text)
    assert pages[0] == pages[1]
    assert "do not belong together" in pages[0]


def test_no_password_is_no_password(cast: Cast) -> None:
    for password in ("", " ", PASSWORD + " ", PASSWORD.upper(), "\x00"):
        assert not Visitor().sign_in("ann@acme.example", password).headers.get("Location")
    cast.ann.set_unusable_password()
    cast.ann.save()
    assert Visitor().sign_in("ann@acme.example").status_code == 200


@pytest.mark.parametrize("place", ["/teams/acme/members/", "/settings/profile/?a=b", "/"])
def test_signing_in_leads_back_to_where_it_was_asked_for(cast: Cast, place: str) -> None:
    assert Visitor().sign_in("ann@acme.example", next_=place)["Location"] == place


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,hello",
    "http://127.0.0.1:8000@evil.example/",
    "http://localhost/",
    "http://127.0.0.1:9999/",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\x00//evil.example",
    "ftp://127.0.0.1/",
]


@pytest.mark.parametrize("place", ELSEWHERE)
def test_signing_in_and_out_leads_nowhere_else(cast: Cast, place: str) -> None:
    visitor = Visitor()
    assert visitor.sign_in("ann@acme.example", next_=place)["Location"] == "/"
    answer = visitor.post("/accounts/logout/", {"next": place})
    assert answer["Location"] == "/accounts/login/"


@pytest.mark.parametrize("place", ELSEWHERE)
def test_proving_it_again_leads_nowhere_else(cast: Cast, place: str) -> None:
    visitor = signed_in(cast.ann)
    answer = visitor.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": place})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("place", ELSEWHERE)
def test_whoever_is_in_already_is_led_nowhere_else(cast: Cast, place: str) -> None:
    assert signed_in(cast.ann).get("/accounts/login/", {"next": place})["Location"] == "/"


def test_a_session_that_somebody_else_chose_opens_nothing(cast: Cast) -> None:
    """Session fixation: Mallory plants her session in Ann's browser, and waits until Ann signs in with it."""
    mallory = Visitor()
    mallory.get("/accounts/passkeys/login/", headers={"Accept": "application/json"})
    planted = mallory.session_key
    assert Session.objects.filter(session_key=planted).exists()

    ann = Visitor()
    ann.cookies["gatehouse_session"] = planted
    assert leads_to(ann.sign_in("ann@acme.example")) == "/"
    assert ann.session_key != planted
    assert ann.is_in()
    assert not mallory.is_in()


def test_a_made_up_session_is_not_taken_over(cast: Cast) -> None:
    ann = Visitor()
    ann.cookies["gatehouse_session"] = "a" * 32
    ann.sign_in("ann@acme.example")
    assert ann.session_key != "a" * 32


def test_another_person_in_the_same_browser_starts_afresh(cast: Cast) -> None:
    browser = signed_in(cast.ann, proved=True)
    before = browser.session_key
    browser.post("/accounts/logout/")
    browser.sign_in("mallory@globex.example")
    assert browser.session_key != before
    assert leads_to(browser.get("/accounts/email/")) == "/accounts/reauthenticate/"


def test_signing_out_is_a_post(cast: Cast) -> None:
    visitor = signed_in(cast.ann)
    assert visitor.page("/accounts/logout/").one("h1").text == "Sign out?"
    assert visitor.is_in()
    key = visitor.session_key
    assert leads_to(visitor.post("/accounts/logout/")) == "/accounts/login/"
    assert not visitor.is_in()
    visitor.cookies["gatehouse_session"] = key
    assert not visitor.is_in()


def test_whoever_is_deactivated_is_out_with_the_next_request(cast: Cast) -> None:
    visitor = signed_in(cast.ann)
    User.objects.filter(pk=cast.ann.pk).update(is_active=False)
    assert leads_to(visitor.get(SECURITY)) == "/accounts/login/"
    assert leads_to(visitor.get("/teams/acme/authorization/")) == "/accounts/login/"
    answer = Visitor().sign_in("ann@acme.example")
    assert leads_to(answer) == "/accounts/inactive/"
    assert Visitor().page("/accounts/inactive/").one("h1").text == "Account deactivated"


def test_whoever_is_deactivated_learns_it_only_with_the_right_password(cast: Cast) -> None:
    User.objects.filter(pk=cast.ann.pk).update(is_active=False)
    answer = Visitor().sign_in("ann@acme.example", "wrong")
    assert "do not belong together" in read(answer).text


def test_whoever_is_deleted_is_out_with_the_next_request(cast: Cast) -> None:
    nina = User.objects.create_user("nina@acme.example", PASSWORD)
    visitor = signed_in(nina)
    nina.delete()
    assert leads_to(visitor.get(SECURITY)) == "/accounts/login/"
    assert Visitor().sign_in("nina@acme.example").status_code == 200


def test_whoever_left_the_team_is_out_of_it_with_the_next_request(cast: Cast) -> None:
    visitor = signed_in(cast.vic)
    assert visitor.get("/teams/acme/members/").status_code == 200
    cast.acme.memberships.filter(user=cast.vic).delete()
    assert visitor.get("/teams/acme/members/").status_code == 404


def test_nobody_signs_up(cast: Cast) -> None:
    people = User.objects.count()
    fields = {"email": "new@acme.example", "password1": PASSWORD, "password2": PASSWORD}
    for path in ("/accounts/signup/", "/accounts/sso/signup/", "/accounts/passkeys/signup/"):
        Visitor().post(path, fields)
    assert User.objects.count() == people


def test_other_pages_of_allauth_are_not_there() -> None:
    for path in ("login/code/", "login/code/confirm/", "signup/passkey/", "phone/change/", "3rdparty/", "2fa/trust/"):
        assert Visitor().get(f"/accounts/{path}").status_code == 404


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_forms_are_answered_with_pages(cast: Cast, accept: str) -> None:
    """allauth would answer scripts with JSON; here nothing asks it to."""
    headers = {"Accept": accept, "X-Requested-With": "XMLHttpRequest"}
    answer = Visitor().post("/accounts/login/", {"login": "ann@acme.example", "password": "x"}, headers=headers)
    assert answer["Content-Type"].startswith("text/html")


def test_passwords_are_kept_as_argon2id() -> None:
    """By the settings that are served with; the tests' own are quick and weak."""
    assert real_settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert Argon2PasswordHasher().encode(PASSWORD, "saltsaltsalt").startswith("argon2$argon2id$")


def test_the_cookie_of_the_session(cast: Cast) -> None:
    cookie = signed_in(cast.ann).cookies["gatehouse_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_signing_in_from_nowhere(cast: Cast, front_door: FrontDoorClient) -> None:
    """A request without an address (a unix socket): it is counted, listed and told of all the same."""
    token = "a" * 32
    answer = front_door.request(
        "POST",
        "/accounts/login/",
        address=None,
        headers=[
            ("Cookie", f"gatehouse_csrf={token}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ],
        body=f"csrfmiddlewaretoken={token}&login=ann%40acme.example&password={PASSWORD.replace(' ', '+')}".encode(),
    )
    assert answer.status == 302, answer.body
