"""Passkeys, and what dishonest devices and browsers send in their place."""

import json
from contextlib import suppress
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from console.passkey_field import PasskeyField, a_new_passkey, a_proof
from teams.models import User
from tests.cast import Cast
from tests.identity.soft_key import SoftKey
from tests.identity.visitor import Visitor, everything_kept, leads_to, signed_in, what_happened
from tests.markup import read, said

ADD, SIGN_IN = "/accounts/passkeys/add/", "/accounts/passkeys/login/"


@pytest.fixture(autouse=True)
def named(settings: Settings) -> None:
    """The console has a name: browsers make no passkeys for an address."""
    settings.GATEHOUSE_PUBLIC_URL = "http://localhost:8000"
    settings.PUBLIC = settings.PUBLIC._replace(netloc="localhost:8000")


@pytest.fixture
def ann(cast: Cast) -> Visitor:
    return signed_in(cast.ann, proved=True)


def options_of(page: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.one("script", id="passkey-options").text)[name]
    return found


def add(visitor: Visitor, key: SoftKey, name: str = "Laptop", *, alone: bool = True) -> Any:
    options = options_of(visitor.page(ADD), "creation_options")
    fields = {"credential": json.dumps(key.make(options)), "name": name, **({"passwordless": "on"} if alone else {})}
    return visitor.post(ADD, fields)


def challenge(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.get(SIGN_IN, headers={"Accept": "application/json"})
    found: dict[str, Any] = answer.json()["request_options"]
    return found


def sign_in(key: SoftKey, visitor: Visitor | None = None, *, next_: str = "") -> Visitor:
    visitor = visitor or Visitor()
    credential = json.dumps(key.use(challenge(visitor)))
    visitor.post(SIGN_IN, {"credential": credential, **({"next": next_} if next_ else {})})
    return visitor


def test_signing_in_without_the_password(ann: Visitor) -> None:
    key = SoftKey()
    assert leads_to(add(ann, key)) == "/accounts/2fa/recovery-codes/"
    assert sign_in(key).is_in()
    assert what_happened("second_factor.added", "sign_in.done")[1:] == [
        "Ann Lee added a passkey “Laptop” to ann@acme.example from 198.51.100.7",
        "Ann Lee added recovery codes to ann@acme.example from 198.51.100.7",
        "Ann Lee signed in with passkey from 198.51.100.7",
    ]


@pytest.mark.parametrize(
    ("next_", "place"), [("/teams/acme/members/", "/teams/acme/members/"), ("//evil.example/", "/")]
)
def test_where_it_leads(ann: Visitor, next_: str, place: str) -> None:
    key = SoftKey()
    add(ann, key)
    visitor = Visitor()
    credential = json.dumps(key.use(challenge(visitor)))
    assert visitor.post(SIGN_IN, {"credential": credential, "next": next_})["Location"] == place


def test_it_is_the_second_step_for_who_signs_in_with_the_password(cast: Cast, ann: Visitor) -> None:
    key = SoftKey(verified=False, resident=False)
    assert leads_to(add(ann, key, alone=False)) == "/accounts/2fa/recovery-codes/"
    visitor = Visitor()
    assert leads_to(visitor.sign_in(cast.ann.email)) == "/accounts/2fa/authenticate/"
    options = options_of(visitor.page("/accounts/2fa/authenticate/"), "request_options")
    answer = visitor.post("/accounts/2fa/authenticate/", {"credential": json.dumps(key.use(options))})
    assert leads_to(answer) == "/"
    assert not sign_in(key).is_in(), "a touch alone does not stand for the password"


def test_a_key_that_checks_nobody_does_not_sign_in_alone(ann: Visitor) -> None:
    answer = add(ann, SoftKey(verified=False))
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "key",
    [
        SoftKey(origin="https://evil.example"),
        SoftKey(origin="http://evil.localhost.example"),
        SoftKey(origin="http://localhost.evil.example"),
        SoftKey(site="evil.example"),
    ],
    ids=["another site", "a similar one", "one that begins alike", "for another site"],
)
def test_what_was_made_for_another_site_opens_nothing_here(ann: Visitor, key: SoftKey) -> None:
    """So a passkey cannot be phished."""
    answer = add(ann, key)
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()
    honest = SoftKey()
    add(ann, honest)
    phished = SoftKey(key.origin, key.site, private=honest.private, identity=honest.identity, owner=honest.owner)
    assert not sign_in(phished).is_in()


def test_an_answer_works_once(ann: Visitor) -> None:
    key = SoftKey()
    add(ann, key)
    visitor = Visitor()
    credential = json.dumps(key.use(challenge(visitor)))
    visitor.post(SIGN_IN, {"credential": credential})
    assert visitor.is_in()
    for other in (visitor, Visitor()):
        other.post("/accounts/logout/")
        challenge(other)
        other.post(SIGN_IN, {"credential": credential})
        assert not other.is_in()


def test_a_key_opens_the_account_it_was_made_for_and_no_other(cast: Cast, ann: Visitor) -> None:
    """Mallory's key says that it is Ann's."""
    anns, mallorys = SoftKey(), SoftKey()
    add(ann, anns)
    add(signed_in(cast.mallory, proved=True), mallorys)
    mallorys.owner = anns.owner
    visitor = sign_in(mallorys)
    assert not visitor.is_in()
    forged = SoftKey(identity=anns.identity, owner=anns.owner)
    assert not sign_in(forged).is_in()


def test_a_removed_key_opens_nothing_any_more(cast: Cast, ann: Visitor) -> None:
    key = SoftKey()
    add(ann, key)
    made = Authenticator.objects.get(type="webauthn")
    assert leads_to(ann.post(f"/accounts/passkeys/{made.pk}/remove/")) == "/accounts/passkeys/"
    visitor = sign_in(key)
    assert not visitor.is_in()
    assert said(visitor.page("/accounts/login/")) == ["This passkey opens no account here. It may have been removed."]
    assert what_happened("sign_in.failed") == [
        "Somebody not signed in failed to sign in as an address that nobody signs in with: an unknown passkey"
        " from 198.51.100.7"
    ]


def test_whoever_is_deactivated_does_not_get_in_with_a_passkey(cast: Cast, ann: Visitor) -> None:
    key = SoftKey()
    add(ann, key)
    User.objects.filter(pk=cast.ann.pk).update(is_active=False)
    assert not sign_in(key).is_in()


def test_a_passkey_proves_it_again(ann: Visitor) -> None:
    key = SoftKey()
    add(ann, key)
    visitor = sign_in(key)
    assert leads_to(visitor.get("/accounts/email/")) == "/accounts/reauthenticate/"
    path = "/accounts/passkeys/reauthenticate/"
    options = options_of(visitor.page(path), "request_options")
    assert leads_to(visitor.post(path, {"credential": json.dumps(key.use(options)), "next": "/accounts/email/"})) == (
        "/accounts/email/"
    )
    assert visitor.page("/accounts/email/")


@pytest.mark.parametrize("name", ["\u202eelppa", "x\x1b[2J", "x" * 61])
def test_names_that_mislead_are_refused(ann: Visitor, name: str) -> None:
    assert read(add(ann, SoftKey(), name)).error_of("name")
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(("name", "shown"), [("", "Passkey"), ("  ", "Passkey"), ("<b>Key</b>", "<b>Key</b>")])
def test_names(ann: Visitor, name: str, shown: str) -> None:
    add(ann, SoftKey(), name)
    assert ann.page("/settings/security/").all("bdi")[0].text == shown


def test_only_what_is_needed_of_the_answer_is_kept(ann: Visitor) -> None:
    key = SoftKey()
    for extensions in ("nonsense", {"credProps": {"rk": "yes", "more": "y"}, "prf": {"results": "secret"}}):
        assert not Authenticator.objects.exists()
        credential = key.make(options_of(ann.page(ADD), "creation_options"))
        credential |= {"clientExtensionResults": extensions, "more": "x" * 1000}
        ann.post(ADD, {"credential": json.dumps(credential), "name": "x"})
    kept = Authenticator.objects.get(type="webauthn").data["credential"]
    assert kept["clientExtensionResults"] == {"credProps": {"rk": False}}
    assert set(kept) == {"id", "rawId", "type", "response", "clientExtensionResults"}
    assert "xxxx" not in everything_kept()


OPTIONS = {"publicKey": {"challenge": "AAAA", "user": {"id": "MQ"}}}
NEW, PROOF = SoftKey().make(OPTIONS), SoftKey(owner="MQ").use(OPTIONS)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_the_tests_own_answers_are_well_formed() -> None:
    assert PasskeyField(a_new_passkey).clean(json.dumps(NEW))["id"] == NEW["id"]
    assert PasskeyField(a_proof).clean(json.dumps(PROOF))["id"] == PROOF["id"]


@given(st.sampled_from([a_new_passkey, a_proof]), ANYTHING)
def test_nonsense_is_refused_and_nothing_worse(form: Any, nonsense: object) -> None:
    with pytest.raises(ValidationError):
        PasskeyField(form).clean(json.dumps(nonsense))


@given(st.data())
def test_an_answer_with_something_else_in_a_place_is_refused_or_read(data: st.DataObject) -> None:
    form, honest = data.draw(st.sampled_from([(a_new_passkey, NEW), (a_proof, PROOF)]))
    credential = json.loads(json.dumps(honest))
    place = data.draw(st.sampled_from([credential, credential["response"]]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(ANYTHING)
    with suppress(ValidationError):
        PasskeyField(form).clean(json.dumps(credential))


@given(st.data())
def test_bytes_that_were_turned_over_are_refused_or_read(data: st.DataObject) -> None:
    form, honest = data.draw(st.sampled_from([(a_new_passkey, NEW), (a_proof, PROOF)]))
    credential = json.loads(json.dumps(honest))
    name = data.draw(st.sampled_from(sorted(credential["response"])))
    text = credential["response"][name]
    at = data.draw(st.integers(0, max(len(text) - 1, 0)))
    credential["response"][name] = text[:at] + data.draw(st.text("AZaz09-_", max_size=3)) + text[at + 1 :]
    with suppress(ValidationError):
        PasskeyField(form).clean(json.dumps(credential))


def test_an_answer_of_any_size_is_not_read() -> None:
    with pytest.raises(ValidationError):
        PasskeyField(a_new_passkey).clean(json.dumps({**NEW, "more": "x" * 70_000}))
