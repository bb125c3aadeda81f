"""Whoever changes how a person signs in, or sees what does, proves who they are a moment before."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.utils import timezone

from console.grave_pages import GRAVE
from tests.cast import PASSWORD, Cast, make_key
from tests.console.every_url import every_route
from tests.identity.codes import code
from tests.identity.visitor import Visitor, leads_to, signed_in
from tests.markup import read

PROOF = "/accounts/reauthenticate/"
PAGES = {
    "account_email": "/accounts/email/",
    "account_set_password": "/accounts/password/set/",
    "mfa_activate_totp": "/accounts/2fa/totp/activate/",
    "mfa_deactivate_totp": "/accounts/2fa/totp/deactivate/",
    "mfa_view_recovery_codes": "/accounts/2fa/recovery-codes/",
    "mfa_generate_recovery_codes": "/accounts/2fa/recovery-codes/generate/",
    "mfa_download_recovery_codes": "/accounts/2fa/recovery-codes/download/",
    "mfa_add_webauthn": "/accounts/passkeys/add/",
    "mfa_edit_webauthn": "/accounts/passkeys/1/rename/",
    "mfa_remove_webauthn": "/accounts/passkeys/1/remove/",
    "socialaccount_connections": "/accounts/sso/",
}
NOT_GRAVE = {
    "login",
    "logout",
    "inactive",
    "reauthenticate",
    "password/change",  # asks for the current one
    "password/reset",
    "confirm-email",  # a link that only the mailbox has
    "2fa",
    "2fa/authenticate",
    "2fa/reauthenticate",
    "passkeys",
    "passkeys/login",
    "passkeys/reauthenticate",
    "sessions",
    "sso/start",
    "sso/callback",
    "sso/again",
    "sso/cancelled",
    "sso/signup",
}


def test_the_pages_here_are_all_of_them() -> None:
    assert set(PAGES) == GRAVE


def test_a_new_page_has_to_be_thought_about() -> None:
    """Under `/accounts/` a page is grave, or it is named here."""
    grave = {path.removeprefix("/accounts/").replace("/1/", "/<int:pk>/") for path in PAGES.values()}
    others = {
        route.removeprefix("accounts/").rstrip("/$")
        for route in every_route()
        if route.startswith("accounts/") and route.removeprefix("accounts/") not in grave
    }
    plain = {route for route in others if "<" not in route and "/key" not in route and not route.endswith("done")}
    assert plain == NOT_GRAVE - {"confirm-email"}


@pytest.mark.parametrize("path", PAGES.values())
def test_it_asks_first(cast: Cast, path: str) -> None:
    answer = signed_in(cast.ann).get(path)
    assert leads_to(answer) == PROOF
    assert f"next={path.replace('/', '%2F')}" in answer["Location"]


@pytest.mark.parametrize("path", PAGES.values())
def test_it_goes_on_afterwards(cast: Cast, path: str) -> None:
    ann = signed_in(cast.ann)
    answer = ann.post(PROOF, {"password": PASSWORD, "next": path})
    assert answer["Location"] == path
    assert leads_to(ann.get(path)) != PROOF


@pytest.mark.parametrize("path", PAGES.values())
def test_five_minutes_later_it_asks_again(cast: Cast, path: str) -> None:
    ann = signed_in(cast.ann, proved=True)
    with time_machine.travel(timezone.now() + timedelta(minutes=4, seconds=50)):
        assert leads_to(ann.get(path)) != PROOF
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=10)):
        assert leads_to(ann.get(path)) == PROOF


@pytest.mark.parametrize("path", PAGES.values())
def test_a_proof_does_not_outlive_the_session(cast: Cast, path: str) -> None:
    ann = signed_in(cast.ann, proved=True)
    ann.post("/accounts/logout/")
    ann.sign_in(cast.ann.email)
    assert leads_to(ann.get(path)) == PROOF


@pytest.mark.parametrize("path", PAGES.values())
def test_nothing_happens_to_whoever_posts_without_a_proof(cast: Cast, path: str) -> None:
    ann = signed_in(cast.ann)
    Authenticator.objects.create(pk=1, user=cast.ann, type="webauthn", data={"name": "Laptop", "credential": {}})
    fields = {"email": "x@acme.example", "name": "Mine", "code": "000000", "password1": "x", "password2": "x"}
    assert leads_to(ann.post(path, fields)) in {PROOF, ""}
    cast.ann.refresh_from_db()
    assert cast.ann.email == "ann@acme.example"
    assert cast.ann.check_password(PASSWORD)
    assert str(Authenticator.objects.get(user=cast.ann)) == "Laptop"


@pytest.mark.parametrize("path", PAGES.values())
def test_whoever_is_not_signed_in_leaves_nothing_behind(path: str, db: None) -> None:
    """allauth would keep the whole request in a new session, for whoever sends it and as large as it is."""
    visitor = Visitor()
    assert leads_to(visitor.post(path, {"email": "x" * 100_000})) == "/accounts/login/"
    assert not Session.objects.exists()


def test_a_new_password_is_never_kept_for_later(cast: Cast) -> None:
    """Not even while the proof is asked for that it needs."""
    cast.ann.set_unusable_password()
    cast.ann.save()
    Authenticator.objects.create(user=cast.ann, type="webauthn", data={"name": "Laptop", "credential": {}})
    ann = Visitor()
    ann.force_login(cast.ann)
    fields = {"password1": "a quite different pass phrase", "password2": "a quite different pass phrase"}
    assert leads_to(ann.post("/accounts/password/set/", fields)) == PROOF
    assert "quite different" not in str([session.get_decoded() for session in Session.objects.all()])


def test_a_wrong_password_proves_nothing(cast: Cast) -> None:
    ann = signed_in(cast.ann)
    answer = ann.post(PROOF, {"password": "wrong"})
    assert read(answer).error_of("password") == "This is not your password."
    assert leads_to(ann.get("/accounts/email/")) == PROOF


def test_somebody_elses_password_proves_nothing(cast: Cast) -> None:
    cast.mallory.set_password("the password of Mallory")
    cast.mallory.save()
    ann = signed_in(cast.ann)
    ann.prove("the password of Mallory")
    assert leads_to(ann.get("/accounts/email/")) == PROOF


def test_a_code_proves_it_as_well(cast: Cast) -> None:
    ann = signed_in(cast.ann, proved=True)
    secret = ann.set_up_app()
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        page = ann.page(f"{PROOF}?next=/accounts/email/")
        assert [link.text for link in page.all("a") if "/2fa/" in link.get("href")] == ["Use a code"]
        answer = ann.post("/accounts/2fa/reauthenticate/?next=/accounts/email/", {"code": code(secret)})
        assert leads_to(answer) == "/accounts/email/"
        assert ann.get("/accounts/email/").status_code == 200


def test_what_was_begun_goes_on_after_the_proof(cast: Cast) -> None:
    """Whoever takes long to fetch the phone does not scan a second code."""
    ann = signed_in(cast.ann, proved=True)
    secret = ann.page("/accounts/2fa/totp/activate/").one(id="totp-secret").text.replace(" ", "")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = ann.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
        assert leads_to(answer) == PROOF
        answer = ann.post(answer["Location"], {"password": PASSWORD})
        assert leads_to(answer) == "/accounts/2fa/recovery-codes/"
    assert Authenticator.objects.filter(user=cast.ann, type="totp").exists()


def test_a_sealed_copy_asks_for_it_too(cast: Cast) -> None:
    key = make_key(cast.acme, cast.ann, sealed=True)
    ann = signed_in(cast.ann)
    path, headers = f"/teams/acme/keys/{key.apikey.pk}/copy/", {"X-Gatehouse-Clipboard": "1"}
    assert ann.post(path, headers=headers).status_code == 401
    ann.prove()
    assert ann.post(path, headers=headers).json()["copy"] == key.text
