"""When something is wrong the page is still one of ours, says what to do, and gives nothing away."""

import logging

import pytest
from django.conf import settings
from django.test import Client

from apikeys.models import ApiKey
from console.api.errors import MANAGEMENT_ERRORS
from console.datasets.problems import API_ERRORS
from console.enforcement.decision import Code
from console.enforcement.refusals import ERRORS
from console.server_errors import SERVER_ERRORS
from ipsubnets.models import IPSubnet
from teams.models import User
from tests.cast import Cast, list_network, make_key
from tests.conftest import SignIn
from tests.console.test_security_headers import assert_safe, faults
from tests.front_door import OFFICE, FrontDoorClient
from tests.markup import read

LIST = "/teams/acme/authorization/"


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.ann)


@pytest.mark.parametrize("path", ["/no-such-page/", "/teams/globex/authorization/", "/teams/acme/keys/none/revoke/"])
def test_what_is_not_there(ann: Client, path: str) -> None:
    answer = ann.get(path)
    assert answer.status_code == 404
    assert read(answer).one("h1").text == "There is nothing here"
    assert_safe(answer)
    assert faults(read(answer)) == []
    for leak in ("urls.py", "Traceback", "No such team", "settings", "Globex"):
        assert leak not in answer.content.decode()


def test_a_team_that_is_there_and_one_that_is_not_look_the_same(cast: Cast, sign_in: SignIn) -> None:
    mallory = sign_in(cast.mallory)
    real, imagined = mallory.get("/teams/acme/members/"), mallory.get("/teams/none/members/")
    assert real.content.replace(b"acme", b"none") == imagined.content
    assert sorted(real.headers) == sorted(imagined.headers)


def test_what_the_role_does_not_allow(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.vic).get("/teams/acme/keys/generate/")
    assert answer.status_code == 403
    page = read(answer)
    assert page.one("h1").text == "You may not do that"
    assert [link.get("href") for link in page.all("a", _class="button")] == ["/"]
    assert_safe(answer)
    assert faults(page) == []


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8000@evil.example", "a b", "x" * 5_000])
def test_a_request_for_another_host(ann: Client, host: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = ann.get("/", headers={"Host": host})
    [record] = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)  # a line for each, not a page
    assert answer.status_code == 400
    assert read(answer).one("h1").text == "That request could not be read"
    assert_safe(answer)
    assert host not in answer.content.decode()


SECRET = "postgres://gatehouse:hunter2@db.internal/"  # as an exception might hold it


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_view_that_fails(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("console.views.authorization.key_list", fails)
    browser = sign_in(cast.ann)
    browser.raise_request_exception = False
    answer = browser.get(LIST, headers=headers)
    assert answer.status_code == 500
    page = read(answer)
    assert page.one("h1").text == "Something went wrong"
    assert_safe(answer)
    assert faults(page) == []
    assert "no-store" in answer.headers["Cache-Control"]
    for leak in (SECRET, "hunter2", "RuntimeError", "Traceback", "Ann Lee", "authorization.py"):
        assert leak not in answer.content.decode()


def test_an_api_that_fails_answers_programs_in_their_language(
    front_door: FrontDoorClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(SECRET)

    list_network(cast.acme, OFFICE)
    monkeypatch.setattr("console.datasets.views._catalogue", fails)
    answer = front_door.get("/api/v1/datasets", key=make_key(cast.acme, cast.dev).text)
    document = answer.json()
    assert (answer.status, document["status"], document["code"]) == (500, 500, "internal_error")
    assert document["request_id"]
    assert "hunter2" not in answer.body.decode()


def test_a_failure_is_logged_for_who_runs_it_without_what_was_sent(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(**_: object) -> None:
        raise RuntimeError("The database is gone.")

    monkeypatch.setattr("ipsubnets.services.create_subnet", fails)
    browser = sign_in(cast.ann)
    browser.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        data = {"network": "203.0.113.7", "label": "a-label-of-mine", "ends": "never"}
        assert browser.post("/teams/acme/networks/create/", data).status_code == 500
    assert "The database is gone." in caplog.text
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert session
    assert session not in caplog.text
    assert "a-label-of-mine" not in caplog.text


# A form from elsewhere


def test_a_post_without_the_token_changes_nothing(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    subnet = list_network(cast.acme, "203.0.113.0/24")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.ann)
    posts = {
        f"/teams/acme/keys/{apikey.pk}/revoke/": {},
        f"/teams/acme/keys/{apikey.pk}/delete/": {},
        f"/teams/acme/networks/{subnet.pk}/delete/": {},
        "/teams/acme/networks/add-current/": {},
        "/teams/acme/keys/generate/": {"name": "x"},
        "/settings/profile/": {"full_name": "Mallory", "time_zone": "UTC"},
        "/accounts/logout/": {},
        "/accounts/login/": {"login": "ann@acme.example", "password": "x"},
    }
    for path, data in posts.items():
        for wrong in ({}, {"csrfmiddlewaretoken": "x" * 64}):
            answer = browser.post(path, data | wrong)
            assert answer.status_code == 403
            page = read(answer)
            assert page.one("h1").text == "The form is too old"
            assert "Nothing was changed." in page.text
            assert_safe(answer)
            assert faults(page) == []
    apikey.refresh_from_db()
    assert apikey.status == "active"
    assert [ApiKey.objects.count(), IPSubnet.objects.count()] == [1, 1]
    assert User.objects.get(pk=cast.ann.pk).full_name == "Ann Lee"
    assert browser.get(LIST).status_code == 200


def test_the_token_of_the_page_is_what_its_forms_and_scripts_send(cast: Cast) -> None:
    apikey = make_key(cast.acme, cast.dev).apikey
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.ann)
    page = read(browser.get(LIST))
    (main,) = page.all("main")
    copied = browser.post(
        f"/teams/acme/keys/{apikey.pk}/copy/",
        headers={"X-CSRFToken": main.get("data-csrf"), "X-Gatehouse-Clipboard": "1"},
    )
    assert copied.status_code == 200
    form = read(browser.get(f"/teams/acme/keys/{apikey.pk}/revoke/", headers={"HX-Request": "true"})).form
    assert browser.post(f"/teams/acme/keys/{apikey.pk}/revoke/", form).status_code == 302


def test_a_form_from_another_origin_is_refused_even_with_a_token(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.ann)
    token = read(browser.get(LIST)).one("main").get("data-csrf")
    posted = {"csrfmiddlewaretoken": token}
    for origin, status in (("https://evil.example", 403), ("null", 403), (settings.GATEHOUSE_PUBLIC_URL, 302)):
        answer = browser.post("/teams/acme/networks/add-current/", posted, headers={"Origin": origin})
        assert answer.status_code == status, origin


# What the refusals of the gate mean


def test_every_code_is_explained_to_everybody() -> None:
    assert {code.value for code in Code if code.value in ERRORS} == set(ERRORS)
    for code, entry in {**ERRORS, **API_ERRORS, **MANAGEMENT_ERRORS, **SERVER_ERRORS}.items():
        answer = Client().get(f"/errors/{code}/")
        assert answer.status_code == 200, code
        page = read(answer)
        assert page.one("h1").text == entry.title
        assert f"{entry.status} · {code}" in page.text
        assert len(page.all("p")) > 1
        assert_safe(answer)
        assert faults(page) == []


def test_the_page_of_invalid_api_key_tells_the_reasons_apart() -> None:
    text = read(Client().get("/errors/invalid_api_key/")).text
    for reason in ("expired", "disabled", "revoked", "team_suspended"):
        assert reason in text


@pytest.mark.parametrize("code", ["no_such_code", "__class__", "IP_NOT_ALLOWED", "x" * 3000, "%00", "%ED%A0%80", "é"])
def test_codes_that_are_none(db: None, code: str) -> None:
    answer = Client().get(f"/errors/{code}/")
    assert answer.status_code == 404
    assert read(answer).one("h1").text == "There is nothing here"


def test_the_type_of_a_refusal_is_the_address_of_its_page(front_door: FrontDoorClient) -> None:
    address = front_door.get("/api/v1/datasets").json()["type"]
    assert address.startswith(settings.GATEHOUSE_PUBLIC_URL + "/errors/")
    page = Client().get(address.removeprefix(settings.GATEHOUSE_PUBLIC_URL))
    assert "missing_api_key" in read(page).text


def test_a_time_zone_that_this_machine_does_not_know_keeps_nobody_out(cast: Cast, ann: Client) -> None:
    for zone in ("Mars/Olympus_Mons", "", "../../etc/passwd", "UTC\x01"):
        User.objects.filter(pk=cast.ann.pk).update(time_zone=zone)
        assert ann.get(LIST).status_code == 200, zone
