"""Revoke, delete, disable and enable in the console: each asks first, says what it did, and survives being late."""

from typing import Any

import pytest
from django.test import Client

from apikeys import services
from apikeys.models import ApiKey, KeyUsage
from tests.cast import BY_TESTS, Cast, changes, make_key
from tests.conftest import SignIn
from tests.markup import events, read, rows, said

LIST = "/teams/acme/authorization/"
HTMX = {"HX-Request": "true"}
ACTIONS = ["revoke", "delete", "disable", "enable"]


@pytest.fixture
def apikey(cast: Cast) -> ApiKey:
    return make_key(cast.acme, cast.dev).apikey


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.ann)


def path(apikey: ApiKey, action: str) -> str:
    return f"/teams/acme/keys/{apikey.pk}/{action}/"


def ready_for(action: str, apikey: ApiKey) -> None:
    if action == "enable":
        services.disable_key(apikey=apikey, reason="", actor=BY_TESTS)


@pytest.mark.parametrize("action", ACTIONS)
def test_it_asks_first_and_names_the_key_and_its_last_use(apikey: ApiKey, ann: Client, action: str) -> None:
    ready_for(action, apikey)
    before = changes()
    text = read(ann.get(path(apikey, action))).text
    assert "Backtesting-Alpha-Bot" in text
    assert "Last used Never" in text
    KeyUsage.objects.create(key=apikey, last_used_at=apikey.created_at, last_used_from="198.51.100.7")
    assert "from 198.51.100.7" in read(ann.get(path(apikey, action))).text
    assert changes() == before


@pytest.mark.parametrize("action", ["revoke", "delete"])
def test_what_cannot_be_undone_says_so(apikey: ApiKey, ann: Client, action: str) -> None:
    assert "This cannot be undone." in read(ann.get(path(apikey, action))).text


STATUS = {"revoke": "Revoked", "disable": "Disabled", "enable": "Active", "delete": None}
DONE = {"revoke": "Revoked", "disable": "Disabled", "enable": "Enabled", "delete": "Deleted"}


@pytest.mark.parametrize("action", ACTIONS)
def test_without_script_the_list_comes_back_and_says_what_was_done(apikey: ApiKey, ann: Client, action: str) -> None:
    ready_for(action, apikey)
    answer = ann.post(path(apikey, action), read(ann.get(path(apikey, action))).form, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    page = read(answer)
    assert said(page) == [f"{DONE[action]} “Backtesting-Alpha-Bot”."]
    assert page.one("noscript").text == said(page)[0]
    statuses = [row.one("td", data_label="Status").one("span").text for row in rows(page, "keys-list")]
    assert statuses == ([STATUS[action]] if STATUS[action] else [])
    assert said(read(ann.get(LIST))) == []


@pytest.mark.parametrize("action", ACTIONS)
def test_htmx_is_told_to_close_say_so_and_refresh(apikey: ApiKey, ann: Client, action: str) -> None:
    ready_for(action, apikey)
    dialog = ann.get(path(apikey, action), headers=HTMX)
    assert not read(dialog).all("html")
    answer = ann.post(path(apikey, action), read(dialog).form, headers=HTMX)
    assert (answer.status_code, answer.content) == (200, b"")
    assert events(answer) == {
        "toast": {"text": f"{DONE[action]} “Backtesting-Alpha-Bot”.", "kind": "success"},
        "keys-changed": True,
        "dialog:close": True,
    }
    assert answer.headers["HX-Reswap"] == "none"
    assert said(read(ann.get(LIST))) == []


def test_the_list_says_who_stopped_a_key_and_why(apikey: ApiKey, ann: Client) -> None:
    ann.post(path(apikey, "disable"), {"reason": "Security audit <b>2026</b>"})
    text = read(ann.get(LIST)).one("td", data_label="Status").text
    assert text.startswith("Disabled Disabled by Ann Lee on ")
    assert text.endswith(": Security audit <b>2026</b>")
    assert "Reason: Security audit <b>2026</b>" in read(ann.get("/teams/acme/activity/")).text


@pytest.mark.parametrize("action", ["revoke", "delete", "disable"])
@pytest.mark.parametrize("reason", ["x" * 201, "x" * 10_000, "\x00"])
def test_a_reason_that_cannot_be_kept_is_asked_for_again(apikey: ApiKey, ann: Client, action: str, reason: str) -> None:
    answer = ann.post(path(apikey, action), {"reason": reason})
    assert answer.status_code == 422
    page = read(answer)
    assert page.error_of("reason")
    assert page.form["reason"] == reason
    apikey.refresh_from_db()
    assert apikey.status == "active"


@pytest.mark.parametrize("reason", ["🔥", "أُلغي", "a\u202eb", "  two\n lines ", ""])
@pytest.mark.parametrize("action", ["revoke", "disable"])
def test_any_other_reason_stops_the_key(apikey: ApiKey, ann: Client, action: str, reason: str) -> None:
    assert ann.post(path(apikey, action), {"reason": reason}).status_code == 302
    apikey.refresh_from_db()
    assert apikey.status == STATUS[action].lower()  # type: ignore[union-attr]
    assert ann.get(LIST).status_code == 200


def late(ann: Client, apikey: ApiKey, action: str, headers: dict[str, str]) -> Any:
    answer = ann.post(path(apikey, action), headers=headers)
    if headers:
        return answer.status_code, events(answer)["toast"]["text"], events(answer)["toast"]["kind"]
    page = read(ann.get(answer["Location"]))
    return 200, *said(page), *{element.get("data-message") for element in page.one(id="toasts").all("p")}


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain form", "htmx"])
@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("delete", "delete", "The key “Backtesting-Alpha-Bot” has been deleted already."),
        ("delete", "revoke", "The key “Backtesting-Alpha-Bot” has been deleted already."),
        ("delete", "rotate", "The key “Backtesting-Alpha-Bot” has been deleted already."),
        ("revoke", "revoke", "This key is revoked already."),
        ("revoke", "disable", "This key is revoked; there is nothing left to disable."),
        ("revoke", "enable", "A revoked key cannot be enabled again."),
        ("disable", "disable", "This key is disabled already."),
        ("disable", "enable", None),
    ],
)
def test_the_second_of_two_admins_is_told_what_happened(
    cast: Cast,
    sign_in: SignIn,
    apikey: ApiKey,
    ann: Client,
    headers: dict[str, str],
    first: str,
    second: str,
    told: str | None,
) -> None:
    """Both have the dialog open; one is faster."""
    dev = sign_in(cast.dev)
    form = read(ann.get(path(apikey, second))).form
    assert form is not None
    assert dev.post(path(apikey, first)).status_code == 302
    trail = changes()
    if told is None:
        assert late(ann, apikey, second, headers) == (200, "Enabled “Backtesting-Alpha-Bot”.", "success")
        return
    assert late(ann, apikey, second, headers) == (200, told, "error")
    assert changes() == trail


def test_a_dialog_for_a_key_that_is_gone_says_so_instead(cast: Cast, apikey: ApiKey, ann: Client) -> None:
    services.delete_key(apikey=apikey, reason="", actor=BY_TESTS)
    answer = ann.get(path(apikey, "revoke"), headers=HTMX)
    assert events(answer)["toast"]["text"] == "The key “Backtesting-Alpha-Bot” has been deleted already."
    assert events(answer)["keys-changed"]
    page = ann.get(path(apikey, "revoke"), follow=True)
    assert said(read(page)) == ["The key “Backtesting-Alpha-Bot” has been deleted already."]


def test_a_revoked_key_is_not_rotated_from_a_stale_form(cast: Cast, apikey: ApiKey, ann: Client) -> None:
    form = read(ann.get(path(apikey, "rotate"))).form
    services.revoke_key(apikey=apikey, reason="", actor=BY_TESTS)
    answer = ann.post(path(apikey, "rotate"), form)
    assert answer.status_code == 422
    assert read(answer).one(role="alert").text == "A revoked key cannot be rotated; generate a new one instead."
    assert ApiKey.objects.count() == 1


def test_the_menu_of_a_row_offers_what_can_be_done(cast: Cast, sign_in: SignIn, apikey: ApiKey) -> None:
    def offered(person: str) -> list[str]:
        page = read(sign_in(cast.person(person)).get(LIST))
        return [link.text.rstrip("…") for menu in page.all(id=f"menu-{apikey.pk}") for link in menu.all("a")]

    assert offered("ann") == offered("dev") == ["Rotate", "Disable", "Change owner", "Revoke", "Delete"]
    assert offered("olga") == offered("vic") == []
    services.disable_key(apikey=apikey, reason="", actor=BY_TESTS)
    assert offered("dev") == ["Rotate", "Enable", "Change owner", "Revoke", "Delete"]
    services.revoke_key(apikey=apikey, reason="", actor=BY_TESTS)
    assert offered("dev") == ["Change owner", "Delete"]
