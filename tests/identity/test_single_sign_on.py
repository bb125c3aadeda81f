"""Single sign-on against a real OpenID Connect provider: who gets in, and who does not."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from console import email_change
from console.single_sign_on import SingleSignOn, SingleSignOnAdapter, UnfitAnswer
from teams.models import AuditEvent, User
from teams.permissions import Role
from teams.services import invite
from tests.cast import BY_TESTS, PASSWORD, Cast
from tests.identity.codes import code
from tests.identity.provider import Provider
from tests.identity.visitor import SECURITY, Visitor, everything_kept, leads_to, signed_in, what_happened
from tests.markup import read, said

pytestmark = pytest.mark.server

START, CALLBACK = "/accounts/sso/start/", "/accounts/sso/callback/"


@pytest.fixture(autouse=True)
def configured(settings: Settings, provider: Provider) -> None:
    for name, value in provider.environment.items():
        setattr(settings, name, value)


@pytest.fixture
def sub(provider: Provider, cast: Cast) -> str:
    return provider.knows("sub-ann", email="ann@acme.example", email_verified=True, name="Ann Lee")


def to_provider(visitor: Visitor, **fields: str) -> str:
    """The provider's address that the page leads on to."""
    answer = visitor.post(START, fields)
    assert answer.status_code == 200, answer.headers.get("Location")
    page = read(answer)
    assert (
        page.one("meta", http_equiv="refresh").get("content")
        == f"0; url={page.one('a', class_='button button-primary').get('href')}"
    )
    return page.one("a", class_="button button-primary").get("href")


def come_back(visitor: Visitor, place: str) -> Any:
    """To the address that the provider sends the browser to."""
    there = urlsplit(place)
    return visitor.get(f"{there.path}?{there.query}")


def sign_on(provider: Provider, sub: str, visitor: Visitor | None = None, **fields: str) -> tuple[Visitor, Any]:
    visitor = visitor or Visitor()
    return visitor, come_back(visitor, provider.authorize(to_provider(visitor, **fields), sub))


def refused(answer: Any) -> str:
    assert answer.status_code == 403
    page = read(answer)
    assert page.one("h1").text == "No account here"
    return page.text


def test_somebody_who_is_here_gets_in(cast: Cast, provider: Provider, sub: str) -> None:
    visitor, answer = sign_on(provider, sub)
    assert leads_to(answer) == "/"
    assert visitor.is_in()
    assert "Linked to ann@acme.example" in visitor.page(SECURITY).text
    assert what_happened("sso.linked", "sign_in.done") == [
        "Ann Lee linked ann@acme.example to Acme ID from 198.51.100.7",
        "Ann Lee signed in with single sign-on from 198.51.100.7",
    ]
    assert User.objects.count() == 5


def test_it_leads_back_to_where_it_was_asked_for(provider: Provider, sub: str) -> None:
    assert sign_on(provider, sub, next="/teams/acme/members/")[1]["Location"] == "/teams/acme/members/"
    assert sign_on(provider, sub, next="//evil.example/")[1]["Location"] == "/"


def test_the_request_says_what_it_has_to(provider: Provider, sub: str) -> None:
    """Whatever the page's own address carries. With a proof key (RFC 7636) and a state; no secret is in it."""
    visitor = Visitor()
    answer = visitor.post(f"{START}?scope=offline_access&auth_params=prompt%3Dnone", headers={"Host": "localhost:99"})
    query = parse_qs(urlsplit(read(answer).one("a", class_="button button-primary").get("href")).query)
    assert query["redirect_uri"] == ["http://127.0.0.1:8000/accounts/sso/callback/"]
    assert set(query["scope"][0].split()) == {"openid", "profile", "email"}
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 16
    assert "prompt" not in query
    assert "provider-secret" not in str(query)


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1, [True]])
def test_an_address_that_the_provider_has_not_verified_opens_nothing(
    cast: Cast, provider: Provider, verified: object
) -> None:
    """Verified is `true`, and no word or number that some language takes for it."""
    claims = {"email": "ann@acme.example"} | ({} if verified is None else {"email_verified": verified})
    visitor, answer = sign_on(provider, provider.knows("sub-unverified", **claims))
    assert "not that it has verified it" in refused(answer)
    assert not visitor.is_in()
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "stranger@elsewhere.example",
        "\u0430nn@acme.example",
        "\u212aim@acme.example",
        "ann@acme.example.evil.example",
        "ann@\u0430cme.example",
        "Ann Lee <ann@acme.example>",
        "ann@acme.example\u200b",
        "",
    ],
)
def test_strangers_stay_outside(cast: Cast, provider: Provider, address: str) -> None:
    User.objects.create_user("kim@acme.example", PASSWORD)
    people = User.objects.count()
    visitor, answer = sign_on(provider, provider.knows("sub-stranger", email=address, email_verified=True))
    refused(answer)
    assert not visitor.is_in()
    assert User.objects.count() == people
    assert not SocialAccount.objects.exists()


def test_a_refusal_is_in_the_trail_without_the_strangers_address(cast: Cast, provider: Provider) -> None:
    sign_on(provider, provider.knows("sub-stranger", email="stranger@elsewhere.example", email_verified=True))
    assert what_happened() == [
        "Somebody not signed in failed to sign in as an address that nobody signs in with:"
        " refused after single sign-on from 198.51.100.7"
    ]
    assert "stranger@" not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize("address", ["ANN@ACME.EXAMPLE", " ann@acme.example "])
def test_the_case_of_the_address_does_not_matter(cast: Cast, provider: Provider, address: str) -> None:
    assert sign_on(provider, provider.knows("sub-case", email=address, email_verified=True))[0].is_in()


def test_somebody_who_is_invited_may_come_in(cast: Cast, provider: Provider) -> None:
    invite(team=cast.acme, email="new@acme.example", role=Role.VIEWER, actor=BY_TESTS)
    sub = provider.knows("sub-new", email="new@acme.example", email_verified=True, name="New  Person\u202e")
    visitor, answer = sign_on(provider, sub, next="/settings/profile/")
    assert answer["Location"] == "/settings/profile/"
    assert visitor.is_in()
    person = User.objects.get(email="new@acme.example")
    assert (person.full_name, person.has_usable_password(), person.is_staff) == ("", False, False)
    assert email_change.is_verified(person)
    assert not person.memberships.exists(), "the invitation's link is what makes a member"


def test_an_invitation_of_somebody_else_is_none(cast: Cast, provider: Provider) -> None:
    invite(team=cast.acme, email="new@acme.example", role=Role.VIEWER, actor=BY_TESTS)
    refused(sign_on(provider, provider.knows("sub-other", email="other@acme.example", email_verified=True))[1])
    refused(sign_on(provider, provider.knows("sub-new", email="new@acme.example", email_verified=False))[1])


def test_an_address_that_somebody_else_has_now_does_not_open_the_account(
    cast: Cast, provider: Provider, sub: str
) -> None:
    """Addresses are given to the next employee; the provider's name for a person (`sub`) is not."""
    sign_on(provider, sub)
    successor = provider.knows("sub-successor", email="ann@acme.example", email_verified=True)
    visitor, answer = sign_on(provider, successor)
    refused(answer)
    assert not visitor.is_in()
    assert sign_on(provider, sub)[0].is_in()


def test_the_link_outlives_a_change_of_address(cast: Cast, provider: Provider, sub: str) -> None:
    sign_on(provider, sub)
    email_change.change_address(user=cast.ann, address="ann.lee@acme.example", actor=BY_TESTS)
    visitor, answer = sign_on(provider, sub)
    assert leads_to(answer) == "/"
    assert "ann.lee@acme.example" in visitor.page(SECURITY).text


def test_whoever_is_deactivated_does_not_get_in(cast: Cast, provider: Provider, sub: str) -> None:
    User.objects.filter(pk=cast.ann.pk).update(is_active=False)
    visitor, answer = sign_on(provider, sub)
    assert leads_to(answer) == "/accounts/inactive/"
    assert not visitor.is_in()


def test_what_let_somebody_else_in_before_goes(cast: Cast, provider: Provider, sub: str) -> None:
    """Whoever made Ann's account may have kept a way in. Nobody had proved that the address is Ann's; now she has."""
    intruder = signed_in(cast.ann, proved=True, address="203.0.113.66")
    intruder.set_up_app()
    visitor, _ = sign_on(provider, sub)
    assert any("old password no longer works" in told for told in said(visitor.page(SECURITY)))
    assert not intruder.is_in()
    assert not Authenticator.objects.exists()
    assert Visitor().sign_in("ann@acme.example").status_code == 200
    assert "Ann Lee removed an authenticator app" not in str(what_happened("second_factor.removed")), "it was not Ann"
    assert len(what_happened("second_factor.removed")) == 2


def test_what_a_verified_person_has_stays(cast: Cast, provider: Provider, sub: str) -> None:
    email_change.mark_verified(cast.ann)
    secret = signed_in(cast.ann, proved=True).set_up_app()
    visitor, answer = sign_on(provider, sub)
    assert leads_to(answer) == "/accounts/2fa/authenticate/", "the second factor is asked for here as well"
    assert not visitor.is_in()
    assert leads_to(visitor.post("/accounts/2fa/authenticate/", {"code": code(secret, steps=1)})) == "/"
    assert visitor.is_in()
    assert leads_to(Visitor().sign_in("ann@acme.example")) == "/accounts/2fa/authenticate/"


def test_no_token_of_the_provider_is_kept(cast: Cast, provider: Provider, sub: str) -> None:
    """Neither while the second factor is asked for, nor afterwards."""
    email_change.mark_verified(cast.ann)
    signed_in(cast.ann, proved=True).set_up_app()
    sign_on(provider, sub)
    kept = everything_kept() + str(list(SocialAccount.objects.values()))
    assert "sub-ann" in kept
    for word in ("access_token", "refresh_token", "id_token", "provider-secret", "eyJ"):
        assert word not in kept
    assert not SocialToken.objects.exists()
    account = SocialAccount.objects.get()
    assert account.extra_data == {
        "userinfo": {"sub": "sub-ann", "email": "ann@acme.example", "email_verified": True, "name": "Ann Lee"}
    }


def test_an_answer_that_nobody_asked_for(provider: Provider, sub: str) -> None:
    """Mallory sends Ann a link with Mallory's own answer of the provider (login CSRF)."""
    mallory = Visitor()
    place = provider.authorize(to_provider(mallory), sub)
    ann = Visitor()
    answer = come_back(ann, place)
    assert answer.status_code == 401
    assert read(answer).one("h1").text == "Single sign-on did not work"
    assert not ann.is_in()


def test_an_answer_works_once(provider: Provider, sub: str) -> None:
    visitor = Visitor()
    place = provider.authorize(to_provider(visitor), sub)
    assert leads_to(come_back(visitor, place)) == "/"
    visitor.post("/accounts/logout/")
    assert come_back(visitor, place).status_code == 401
    assert not visitor.is_in()


def test_the_session_is_a_new_one(provider: Provider, sub: str) -> None:
    visitor = Visitor()
    place = provider.authorize(to_provider(visitor), sub)
    before = visitor.session_key
    come_back(visitor, place)
    assert visitor.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_whoever_says_no_at_the_provider(provider: Provider, cast: Cast) -> None:
    visitor = Visitor()
    url = to_provider(visitor)
    state = parse_qs(urlsplit(url).query)["state"][0]
    answer = visitor.get(f"{CALLBACK}?error=access_denied&state={state}")
    assert leads_to(answer) == "/accounts/sso/cancelled/"


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?state=x&code=y", "?error=server_error", "?code[]=1&state[]=2"]
)
def test_nonsense_in_place_of_an_answer(cast: Cast, query: str) -> None:
    answer = Visitor().get(CALLBACK + query)
    assert answer.status_code == 401
    assert read(answer).one("h1").text == "Single sign-on did not work"


def test_a_code_that_the_provider_does_not_know(provider: Provider, cast: Cast) -> None:
    visitor = Visitor()
    state = parse_qs(urlsplit(to_provider(visitor)).query)["state"][0]
    assert visitor.get(f"{CALLBACK}?code=made-up&state={state}").status_code == 401


def test_a_provider_that_does_not_answer(cast: Cast, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever runs the console reads why."""
    settings.GATEHOUSE_OIDC_ISSUER = "http://localhost:1"
    answer = Visitor().post(START)
    assert answer.status_code == 401
    assert read(answer).one("h1").text == "Single sign-on did not work"
    (record,) = [record for record in caplog.records if record.name == "gatehouse.single_sign_on"]
    assert "localhost" in record.getMessage()
    assert "provider-secret" not in record.getMessage()


IDENTITY = {"sub": "sub-ann", "iss": "https://id.example", "email": "ann@acme.example", "email_verified": True}


@pytest.mark.parametrize(
    "answers",
    [
        {"userinfo": IDENTITY},
        {"id_token": IDENTITY},
        {},
        {"id_token": IDENTITY, "userinfo": {**IDENTITY, "sub": "sub-mallory"}},
        {"id_token": {**IDENTITY, "sub": ""}, "userinfo": {**IDENTITY, "sub": ""}},
        {"id_token": {**IDENTITY, "iss": "https://other.example"}, "userinfo": IDENTITY},
        {"id_token": {**IDENTITY, "iss": None}, "userinfo": IDENTITY},
    ],
)
def test_answers_that_do_not_belong_together(settings: Settings, answers: dict[str, Any], db: None) -> None:
    """The token and the user info are of one person and of this provider (OpenID Connect Core 1.0, 3.1.3.7, 5.3.2)."""
    settings.GATEHOUSE_OIDC_ISSUER = "https://id.example"
    request = RequestFactory().get(CALLBACK)
    (app,) = SingleSignOnAdapter().list_apps(request)
    with pytest.raises(UnfitAnswer):
        SingleSignOn(request, app).sociallogin_from_response(request, answers)


def test_linking_by_hand_asks_for_a_proof(cast: Cast, provider: Provider) -> None:
    """Or whoever finds Ann's browser open, or makes it send this form, opens the account with their own identity."""
    sub = provider.knows("sub-private", email="ann@private.example", email_verified=True)
    ann = signed_in(cast.ann)
    assert leads_to(ann.post(START, {"process": "connect"})) == "/accounts/reauthenticate/"
    assert leads_to(Visitor().post(START, {"process": "connect"})) == "/accounts/login/"
    ann.prove()
    _, answer = sign_on(provider, sub, ann, process="connect", next=SECURITY)
    assert leads_to(answer) == SECURITY
    assert "Linked to ann@private.example" in ann.page(SECURITY).text
    assert cast.ann.email == User.objects.get(pk=cast.ann.pk).email
    assert sign_on(provider, sub)[0].is_in()


def test_an_identity_belongs_to_one_account(cast: Cast, provider: Provider, sub: str) -> None:
    """And an attempt to take another person's changes nothing for that person."""
    sign_on(provider, sub)
    mallory = signed_in(cast.mallory, proved=True)
    sign_on(provider, sub, mallory, process="connect")
    assert SocialAccount.objects.get().user == cast.ann
    assert any("belongs to another account" in told for told in said(mallory.page(SECURITY)))


def test_trying_to_link_the_identity_of_somebody_here_leaves_them_as_they_are(
    cast: Cast, provider: Provider, sub: str
) -> None:
    """Ann has not signed on yet: her account is found by its address, though it is Mallory who asks."""
    mallory = signed_in(cast.mallory, proved=True)
    sign_on(provider, sub, mallory, process="connect")
    assert not SocialAccount.objects.exists()
    assert leads_to(Visitor().sign_in("ann@acme.example")) == "/", "her password still works"


def test_a_second_identity_is_not_linked(cast: Cast, provider: Provider, sub: str) -> None:
    email_change.mark_verified(cast.ann)
    ann, _ = sign_on(provider, sub)
    ann.prove()
    assert leads_to(ann.post(START, {"process": "connect"})) == SECURITY


def test_unlinking(cast: Cast, provider: Provider, sub: str) -> None:
    email_change.mark_verified(cast.ann)
    ann, _ = sign_on(provider, sub)
    assert leads_to(ann.post("/accounts/sso/")) == "/accounts/reauthenticate/"
    ann.prove()
    assert leads_to(ann.post("/accounts/sso/")) == SECURITY
    assert not SocialAccount.objects.exists()
    assert what_happened("sso.unlinked") == ["Ann Lee unlinked ann@acme.example from Acme ID from 198.51.100.7"]


def test_nobody_locks_themselves_out(cast: Cast, provider: Provider, sub: str) -> None:
    ann, _ = sign_on(provider, sub)
    assert not User.objects.get(pk=cast.ann.pk).has_usable_password()
    assert leads_to(ann.post("/accounts/sso/")) == SECURITY
    assert said(ann.page(SECURITY))[-1] == "Set a password first: without one you could not sign in any more."
    assert SocialAccount.objects.exists()


def test_whoever_has_nothing_else_proves_it_by_signing_on_again(
    cast: Cast, provider: Provider, sub: str, settings: Settings
) -> None:
    ann, _ = sign_on(provider, sub)
    assert ann.get("/accounts/password/set/").status_code == 200, "that was a moment ago"
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    answer = ann.get("/accounts/password/set/")
    assert leads_to(answer) == "/accounts/reauthenticate/"
    answer = ann.get(answer["Location"])
    assert leads_to(answer) == "/accounts/sso/again/"
    page = ann.page(answer["Location"])
    assert page.field("next").get("value") == "/accounts/password/set/"
    url = to_provider(ann, again="1", next="/accounts/password/set/")
    assert parse_qs(urlsplit(url).query)["prompt"] == ["login"]
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    assert leads_to(come_back(ann, provider.authorize(url, sub))) == "/accounts/password/set/"
    assert ann.get("/accounts/password/set/").status_code == 200


def test_another_provider_is_another_world(cast: Cast, provider: Provider, sub: str, settings: Settings) -> None:
    """The same `sub` of another issuer is somebody else; a link with an earlier provider counts for nothing."""
    sign_on(provider, sub)
    settings.GATEHOUSE_OIDC_ISSUER = "https://id.example"
    ann = signed_in(User.objects.get(pk=cast.mallory.pk))
    assert "Not linked" in ann.page(SECURITY).text
    account = SocialAccount.objects.get()
    assert account.provider == provider.issuer


def test_without_a_provider_there_is_nothing_of_it(cast: Cast, settings: Settings) -> None:
    settings.GATEHOUSE_OIDC_ISSUER = ""
    assert "Acme ID" not in Visitor().page("/accounts/login/").text
    assert "Acme ID" not in signed_in(cast.ann).page(SECURITY).text
    assert Visitor().post(START).status_code == 404
    assert Visitor().get(CALLBACK).status_code == 404


def test_starting_is_limited(cast: Cast) -> None:
    """Each start makes a session, and a request to the provider."""
    statuses = [Visitor().post(START).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
