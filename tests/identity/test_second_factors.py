"""Second factors: asked for whenever they are there, usable once, and unreadable in a stolen database."""

import base64
import re
import secrets
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from console.authenticators import SecondFactorAdapter, passkeys_work
from console.second_factor import has_second_factor
from tests.cast import Cast
from tests.identity.codes import STEP, code
from tests.identity.visitor import Visitor, everything_kept, leads_to, signed_in, what_happened
from tests.markup import read

NOON = "2026-03-01T12:00:00Z"


@pytest.fixture
def ann(cast: Cast) -> Visitor:
    return signed_in(cast.ann, proved=True)


def second_step(cast: Cast) -> Visitor:
    visitor = Visitor()
    assert leads_to(visitor.sign_in(cast.ann.email)) == "/accounts/2fa/authenticate/"
    return visitor


def enter(visitor: Visitor, digits: str) -> Any:
    return visitor.post("/accounts/2fa/authenticate/", {"code": digits})


@pytest.mark.parametrize(
    ("at", "digits"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_tests_own_codes_are_those_of_the_standard(at: float, digits: str) -> None:
    """RFC 6238, appendix B, SHA-1, the last six digits."""
    assert code(base64.b32encode(b"12345678901234567890").decode(), at=at) == digits


def test_the_password_alone_does_not_open_it_any_more(cast: Cast, ann: Visitor) -> None:
    assert not has_second_factor(cast.ann)
    secret = ann.set_up_app()
    assert has_second_factor(cast.ann)
    visitor = second_step(cast)
    for path in ("/", "/settings/security/", "/teams/acme/authorization/", "/accounts/sessions/"):
        assert leads_to(visitor.get(path)) == "/accounts/login/"
    assert leads_to(enter(visitor, code(secret, steps=1))) == "/"
    assert visitor.is_in()
    assert (
        what_happened("sign_in.done")[-1] == "Ann Lee signed in with password and authenticator app from 198.51.100.7"
    )


def test_it_leads_to_where_it_was_asked_for(cast: Cast, ann: Visitor) -> None:
    secret = ann.set_up_app()
    visitor = Visitor()
    visitor.sign_in(cast.ann.email, next_="/teams/acme/members/")
    assert leads_to(enter(visitor, code(secret, steps=1))) == "/teams/acme/members/"


def test_a_code_works_once(cast: Cast, ann: Visitor) -> None:
    """Whoever looks over Ann's shoulder gains nothing (RFC 6238, 5.2); that it was used to set it up counts, too."""
    with time_machine.travel(NOON, tick=False) as clock:
        ann.prove()
        secret = ann.set_up_app()
        assert "has been used already" in read(enter(second_step(cast), code(secret))).text
        clock.shift(STEP)
        used = code(secret)
        assert leads_to(enter(second_step(cast), used)) == "/"
        for _ in range(2):
            assert "has been used already" in read(enter(second_step(cast), used)).text
            clock.shift(STEP - 1)


def test_a_clock_may_be_a_step_off(cast: Cast, ann: Visitor) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        ann.prove()
        secret = ann.set_up_app()
        clock.shift(10 * STEP)
        for steps, opens in ((-2, False), (2, False), (-1, True), (1, True)):
            assert (leads_to(enter(second_step(cast), code(secret, steps=steps))) == "/") is opens, steps


def test_the_second_step_waits_for_a_quarter_of_an_hour(cast: Cast, ann: Visitor) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        ann.prove()
        secret = ann.set_up_app()
        visitor = second_step(cast)
        clock.shift(15 * 60 + 1)
        assert leads_to(enter(visitor, code(secret))) == "/accounts/login/"
        assert not visitor.is_in()


def test_a_recovery_code_works_once(cast: Cast, ann: Visitor) -> None:
    ann.set_up_app()
    codes = [element.text for element in ann.page("/accounts/2fa/recovery-codes/").all("code")]
    assert len(codes) == 10
    assert leads_to(enter(second_step(cast), codes[3])) == "/"
    assert "has been used already" in read(enter(second_step(cast), codes[3])).text
    assert leads_to(enter(second_step(cast), f" {codes[4][:4]}-{codes[4][4:]} ")) == "/"
    assert "8 of 10 left." in ann.page("/settings/security/").text
    assert what_happened("sign_in.done")[-1] == "Ann Lee signed in with password and recovery code from 198.51.100.7"


def test_new_recovery_codes_replace_the_old_ones(cast: Cast, ann: Visitor) -> None:
    ann.set_up_app()
    old = [element.text for element in ann.page("/accounts/2fa/recovery-codes/").all("code")]
    assert leads_to(ann.post("/accounts/2fa/recovery-codes/generate/")) == "/accounts/2fa/recovery-codes/"
    new = [element.text for element in ann.page("/accounts/2fa/recovery-codes/").all("code")]
    assert not set(old) & set(new)
    assert "has been used already" in read(enter(second_step(cast), old[0])).text
    assert leads_to(enter(second_step(cast), new[0])) == "/"


def test_recovery_codes_can_be_kept_as_a_file(cast: Cast, ann: Visitor) -> None:
    ann.set_up_app()
    codes = [element.text for element in ann.page("/accounts/2fa/recovery-codes/").all("code")]
    answer = ann.get("/accounts/2fa/recovery-codes/download/")
    assert answer["Content-Type"].startswith("text/plain")
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert re.findall(r"^\d{8}$", answer.content.decode(), re.MULTILINE) == codes


def test_taking_the_last_one_away_takes_the_recovery_codes_along(cast: Cast, ann: Visitor) -> None:
    ann.set_up_app()
    assert leads_to(ann.post("/accounts/2fa/totp/deactivate/")) == "/accounts/2fa/"
    assert not Authenticator.objects.exists()
    assert not has_second_factor(cast.ann)
    assert leads_to(Visitor().sign_in(cast.ann.email)) == "/"


def test_another_persons_second_factors_are_out_of_reach(cast: Cast, ann: Visitor) -> None:
    key = Authenticator.objects.create(user=cast.ann, type="webauthn", data={"name": "Ann’s", "credential": {}})
    mallory = signed_in(cast.mallory, proved=True)
    for path in (f"/accounts/passkeys/{key.pk}/rename/", f"/accounts/passkeys/{key.pk}/remove/"):
        assert mallory.get(path).status_code == 404
        assert mallory.post(path, {"name": "Mallory’s"}).status_code == 404
    key.refresh_from_db()
    assert str(key) == "Ann’s"


def test_nothing_that_is_kept_shows_a_code_or_a_secret(cast: Cast, ann: Visitor) -> None:
    page = ann.page("/accounts/2fa/totp/activate/")
    secret = page.one(id="totp-secret").text.replace(" ", "")
    assert secret not in everything_kept(), "while it waits to be confirmed"
    ann.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    codes = [element.text for element in ann.page("/accounts/2fa/recovery-codes/").all("code")]
    rows = str(list(Authenticator.objects.values()))
    assert len(Authenticator.objects.all()) == 2
    kept = rows + everything_kept()
    for needle in (secret, secret.lower(), base64.b32decode(secret).hex(), *codes):
        assert needle not in kept


def test_a_mistyped_code_leaves_the_secret_as_it_is(ann: Visitor) -> None:
    page = ann.page("/accounts/2fa/totp/activate/")
    answer = ann.post("/accounts/2fa/totp/activate/", {"code": "nonsense"})
    assert read(answer).one(id="totp-secret").text == page.one(id="totp-secret").text
    assert page.one(id="totp-secret").text != ann.page("/accounts/2fa/totp/activate/").one(id="totp-secret").text


def keyring(*numbers: int) -> str:
    return ",".join(f"{number}:{base64.b64encode(secrets.token_bytes(32)).decode()}" for number in numbers)


def test_sealing_keys_are_replaced_one_after_the_other(settings: Settings) -> None:
    adapter = SecondFactorAdapter()
    one, two = keyring(1), keyring(2)
    settings.GATEHOUSE_SEALING_KEYS = one
    old = adapter.encrypt("a secret")
    assert adapter.encrypt("a secret") != old
    settings.GATEHOUSE_SEALING_KEYS = f"{one},{two}"
    new = adapter.encrypt("a secret")
    assert (adapter.decrypt(old), adapter.decrypt(new)) == ("a secret", "a secret")
    settings.GATEHOUSE_SEALING_KEYS = two
    assert adapter.decrypt(new) == "a secret"
    with pytest.raises(ValidationError, match="can no longer read"):
        adapter.decrypt(old)


@pytest.mark.parametrize("sealed", ["", "1", "1:", "1:AAAA", "x:AAAA", "99:AAAA", "JBSWY3DPEHPK3PXP", "1:é"])
def test_what_was_not_sealed_here_does_not_open(sealed: str) -> None:
    with pytest.raises(ValidationError):
        SecondFactorAdapter().decrypt(sealed)


def test_without_its_sealing_key_a_factor_opens_nothing_and_says_why(
    cast: Cast, ann: Visitor, settings: Settings
) -> None:
    secret = ann.set_up_app()
    settings.GATEHOUSE_SEALING_KEYS = keyring(7)
    answer = enter(second_step(cast), code(secret, steps=1))
    assert "can no longer read your second factor" in read(answer).text


def test_the_qr_code_is_part_of_the_page(ann: Visitor) -> None:
    """The policy lets in neither images from elsewhere (`data:`) nor styles."""
    page = ann.page("/accounts/2fa/totp/activate/")
    drawing = page.one("svg", class_="qr-code")
    assert drawing.get("aria-label") == "QR code"
    assert drawing.one("path").get("d").startswith("M4 4h1v1h-1z")
    html = ann.get("/accounts/2fa/totp/activate/").content.decode()
    assert "data:" not in html
    assert "style=" not in html


@pytest.mark.parametrize(
    ("host", "tls", "work"),
    [
        ("gatehouse.example", True, True),
        ("gatehouse.example", False, False),
        ("localhost", False, True),
        ("gatehouse.localhost", False, True),
        ("127.0.0.1", False, False),
        ("127.0.0.1", True, False),
        ("::1", True, False),
        ("", True, False),
    ],
)
def test_where_passkeys_work(settings: Settings, host: str, tls: bool, work: bool) -> None:
    settings.PUBLIC = settings.PUBLIC._replace(netloc=f"[{host}]" if ":" in host else host)
    settings.SERVED_OVER_TLS = tls
    request = RequestFactory().get("/", headers={"Host": settings.PUBLIC.netloc or "testserver"})
    assert passkeys_work(request) is work


def test_passkeys_are_not_offered_where_they_do_not_work(cast: Cast, settings: Settings) -> None:
    ann = signed_in(cast.ann)
    for host, offered in (("192.0.2.1:8000", False), ("localhost:8000", True)):
        settings.PUBLIC = settings.PUBLIC._replace(netloc=host)
        assert bool(ann.page("/settings/security/").all(aria_label="Add a passkey")) is offered
        assert bool(Visitor().page("/accounts/login/").all("form", data_passkey="sign-in")) is offered


def test_at_a_bare_address_of_this_machine_its_name_is_offered(cast: Cast, settings: Settings) -> None:
    """A newcomer opens http://127.0.0.1:8000, for which no browser makes a passkey."""
    settings.PUBLIC = settings.PUBLIC._replace(netloc="127.0.0.1:8000")
    ann = signed_in(cast.ann)
    at_address = read(ann.get("/settings/security/", headers={"Host": "127.0.0.1:8000"}))
    [link] = [each.get("href") for each in at_address.all("a") if each.text == "Open at localhost"]
    assert link == "http://localhost:8000/settings/security/"
    at_name = read(ann.get("/settings/security/", headers={"Host": "localhost:8000"}))
    assert at_name.all(aria_label="Add a passkey")
    assert SecondFactorAdapter().get_public_key_credential_rp_entity()["id"] == "localhost"


def test_the_passkeys_site_is_the_public_one(ann: Visitor, settings: Settings) -> None:
    """Not the one that the request names, or it would be whoever's the request is."""
    settings.PUBLIC = settings.PUBLIC._replace(netloc="gatehouse.example")
    answer = ann.get("/accounts/passkeys/add/", headers={"Host": "localhost"})
    assert '"id": "gatehouse.example"' in answer.content.decode()
    assert '"id": "localhost"' not in answer.content.decode()


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", "1", '"x"', "{", '{"id": "a"}', '{"response": {}}'])
def test_nonsense_in_place_of_a_passkey(cast: Cast, credential: str) -> None:
    answer = Visitor().post("/accounts/passkeys/login/", {"credential": credential})
    assert leads_to(answer) == "/accounts/login/"


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", "1", '"x"', "{", '{"id": "a"}', '{"response": {}}'])
def test_nonsense_in_place_of_a_new_passkey(ann: Visitor, credential: str) -> None:
    answer = ann.post("/accounts/passkeys/add/", {"credential": credential, "name": "x"})
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()
