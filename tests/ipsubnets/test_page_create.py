"""Ops list networks in the console: what is refused is said beside the field, and what could be meant is offered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from ipsubnets.models import IPSubnet
from teams.models import User
from tests.cast import Cast, list_network
from tests.conftest import SignIn
from tests.markup import Element, events, read, rows, said

CREATE = "/teams/acme/networks/create/"
ADD_CURRENT = "/teams/acme/networks/add-current/"
LIST = "/teams/acme/authorization/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def olga(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.olga)


def form(browser: Client, **typed: str) -> dict[str, str]:
    return read(browser.get(CREATE)).form | typed


def listed() -> list[str]:
    return list(IPSubnet.objects.order_by("pk").values_list("network", flat=True))


def refused(browser: Client, **typed: str) -> Element:
    """The form that comes back. Nothing was listed, and it still holds what was typed."""
    before = listed()
    answer = browser.post(CREATE, form(browser, **typed))
    assert answer.status_code == 422
    assert listed() == before
    page = read(answer)
    assert page.form["network"] == typed["network"]
    return page


def proposals(page: Element) -> list[str]:
    return [button.get("value") for button in page.all("button", type="submit", name="use")]


@pytest.mark.parametrize(
    ("network", "error"),
    [
        ("", "Enter an IP address or a network"),
        ("   ", "Enter an IP address or a network"),
        ("10.0.0.1/33", "a whole number from 0 to 32"),
        ("300.1.1.1", "at most 255"),
        ("010.0.0.1", "leading zeros"),
        ("1", "exactly four numbers"),
        ("0x7f.1", "not in decimal"),
        ("::1%eth0", "zone id"),
        ("2001:db8::/129", "a whole number from 0 to 128"),
        ("10.0.0.0/255.0.0.0", "not a prefix length"),
        ("10.0.0.0/-1", "not a prefix length"),
        ("10.0.0.0/08", "not a prefix length"),
        ("10.0.0.0/", "not a prefix length"),
        ("example.com", "is not an IP address or network"),
        ("<b>1.2.3.4</b>", "is not an IP address or network"),
        ("203.0.113.7, 203.0.113.8", "is not an IP address or network"),
        ("１.２.３.４", "is not an IP address or network"),
        ("🚀", "is not an IP address or network"),
        ("1" * 65, "at most 64 characters"),
        ("1" * 10_000, "at most 64 characters"),
    ],
)
def test_what_is_no_network_is_refused_beside_the_field(olga: Client, network: str, error: str) -> None:
    page = refused(olga, network=network, label="London office")
    assert error in page.error_of("network")
    assert page.form["label"] == "London office"
    assert proposals(page) == []


def test_a_nul_is_refused(olga: Client) -> None:
    assert olga.post(CREATE, form(olga, network="1.2.3.4\x00")).status_code == 422
    assert olga.post(CREATE, form(olga, network="1.2.3.4", label="a\x00b")).status_code == 422
    assert listed() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        (" 203.0.113.0/24\n", "203.0.113.0/24"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
    ],
)
def test_a_network_is_listed_as_it_is_normally_written(olga: Client, typed: str, kept: str) -> None:
    answer = olga.post(CREATE, form(olga, network=typed, label="VPN"), follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    page = read(answer)
    assert said(page) == [f"Added {kept}."]
    assert [row.one("td", data_label="Network").text.split()[0] for row in rows(page, "networks-list")] == [kept]


def test_htmx_is_told_to_close_say_so_and_refresh(olga: Client) -> None:
    dialog = olga.get(CREATE, headers=HTMX)
    assert not read(dialog).all("html")
    assert "HX-Request" in dialog.headers["Vary"]
    answer = olga.post(CREATE, form(olga, network="203.0.113.7"), headers=HTMX)
    assert (answer.status_code, answer.content) == (200, b"")
    assert events(answer) == {
        "toast": {"text": "Added 203.0.113.7/32.", "kind": "success"},
        "networks-changed": True,
        "dialog:close": True,
    }


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("203.0.113.7/24", ["203.0.113.0/24", "203.0.113.7/32"]),
        ("2001:db8::1/64", ["2001:db8::/64", "2001:db8::1/128"]),
        ("::ffff:203.0.113.7/120", ["203.0.113.0/24", "203.0.113.7/32"]),
    ],
)
def test_host_bits_are_a_question_and_the_answer_is_a_button(olga: Client, typed: str, offered: list[str]) -> None:
    for chosen in offered:
        page = refused(olga, network=typed)
        assert "has host bits set" in page.error_of("network")
        assert proposals(page) == offered
        assert olga.post(CREATE, page.form | {"use": chosen}).status_code == 302
        assert listed() == [chosen]
        IPSubnet.objects.all().delete()


@pytest.mark.parametrize("use", ["0.0.0.0/0", "203.0.112.0/23", "203.0.113.0", "", "203.0.113.0/24 ", "x"])
def test_only_what_was_offered_can_be_chosen(olga: Client, use: str) -> None:
    page = refused(olga, network="203.0.113.7/24", use=use)
    assert proposals(page) == ["203.0.113.0/24", "203.0.113.7/32"]


def test_a_choice_does_not_outlive_what_it_was_about(olga: Client) -> None:
    """The button is pressed after the field was changed: what is in the field counts."""
    assert olga.post(CREATE, form(olga, network="198.51.100.1", use="203.0.113.0/24")).status_code == 302
    assert listed() == ["198.51.100.1/32"]


def test_enter_chooses_nothing(olga: Client) -> None:
    """Enter in a field presses the first button of its form. That must not be one of the proposals."""
    page = refused(olga, network="203.0.113.7/24")
    (dialog,) = [element for element in page.all("form") if "dialog-body" in element.get("class")]
    first = next(button for button in dialog.all("button") if button.get("type") == "submit")
    assert not first.get("name")


@pytest.mark.parametrize("wide", ["0.0.0.0/0", "::/0", "10.0.0.0/7", "2001::/31"])
def test_a_very_wide_network_needs_an_explicit_yes(olga: Client, wide: str) -> None:
    assert not [element for element in read(olga.get(CREATE)) if element.get("name") == "accept_wide"]
    if wide == "10.0.0.0/7":
        page = refused(olga, network="11.0.0.0/7")
        assert proposals(page)[0] == wide
        answer = olga.post(CREATE, page.form | {"use": wide})
    else:
        answer = olga.post(CREATE, form(olga, network=wide))
    assert answer.status_code == 422
    assert listed() == []
    page = read(answer)
    assert "confirm that you mean it" in page.error_of("accept_wide")
    assert page.form["network"] == wide
    assert "accept_wide" not in page.form
    assert olga.post(CREATE, page.form | {"accept_wide": "on"}).status_code == 302
    assert listed() == [wide]


def test_a_yes_to_one_thing_is_no_yes_to_host_bits(olga: Client) -> None:
    page = refused(olga, network="1.2.3.4/0", accept_wide="on")
    assert proposals(page) == ["0.0.0.0/0", "1.2.3.4/32"]


def test_every_address_but_one_bit_is_wide_too(olga: Client) -> None:
    refused(olga, network="0.0.0.0/1")
    assert olga.post(CREATE, form(olga, network="10.0.0.0/8")).status_code == 302


def test_what_is_listed_or_covered_already_is_refused_with_what_covers_it(cast: Cast, olga: Client) -> None:
    list_network(cast.acme, "203.0.113.0/24", "London office")
    list_network(cast.acme, "2001:db8::/32")
    list_network(cast.globex, "198.51.100.0/24", "Globex only")
    for typed, error in (
        ("203.0.113.0/24", "203.0.113.0/24 is already listed as “London office”."),
        ("203.0.113.128/25", "203.0.113.128/25 is already covered by 203.0.113.0/24 as “London office”."),
        ("203.0.113.7", "203.0.113.7/32 is already covered by 203.0.113.0/24 as “London office”."),
        ("2001:db8:1::/48", "2001:db8:1::/48 is already covered by 2001:db8::/32."),
        ("::ffff:203.0.113.7", "203.0.113.7/32 is already covered by 203.0.113.0/24 as “London office”."),
    ):
        assert refused(olga, network=typed).error_of("network") == error
    assert olga.post(CREATE, form(olga, network="198.51.100.7")).status_code == 302
    assert olga.post(CREATE, form(olga, network="203.0.112.0/23")).status_code == 302


def test_a_second_submission_lists_nothing_twice(olga: Client) -> None:
    typed = form(olga, network="203.0.113.7", label="Build server")
    assert [olga.post(CREATE, typed).status_code for _ in range(2)] == [302, 422]
    assert listed() == ["203.0.113.7/32"]


@pytest.mark.parametrize(
    ("ends", "ends_on", "field", "error"),
    [
        ("date", "", "ends_on", "Choose a date."),
        ("date", "2020-01-01", "ends_on", "Choose a date in the future."),
        ("date", "next week", "ends_on", "Enter a valid date."),
        ("date", "9999-12-31", "ends_on", "within a hundred years"),
        ("date", "0001-01-01", "ends_on", "Choose a date in the future."),
        ("2y", "", "ends", "not one of the available choices"),
        ("", "", "ends", "This field is required."),
    ],
)
def test_ends_that_cannot_be(olga: Client, ends: str, ends_on: str, field: str, error: str) -> None:
    page = refused(olga, network="203.0.113.7", ends=ends, ends_on=ends_on)
    assert error in page.error_of(field)
    assert page.field("ends_on").get("value") == ends_on


def test_an_end_is_a_distance_or_the_end_of_a_day_where_the_person_is(cast: Cast, olga: Client) -> None:
    User.objects.filter(pk=cast.olga.pk).update(time_zone="Asia/Tokyo")
    with time_machine.travel("2026-07-01T12:00:00Z", tick=False):
        now = timezone.now()
        for typed in (
            {"network": "203.0.113.1", "ends": "8h", "ends_on": "20260-1-1"},
            {"network": "203.0.113.2", "ends": "date", "ends_on": "2026-07-02"},
            {"network": "203.0.113.3"},
        ):
            assert olga.post(CREATE, form(olga, **typed)).status_code == 302
    ends = dict(IPSubnet.objects.values_list("network", "expires_at"))
    assert ends["203.0.113.1/32"] == now + timedelta(hours=8)
    assert ends["203.0.113.2/32"] == datetime(2026, 7, 2, 14, 59, 59, tzinfo=UTC)
    assert ends["203.0.113.3/32"] is None


@pytest.mark.parametrize(
    ("label", "error"), [("x" * 101, "at most 100 characters"), ("a\u202eb", "changes the writing direction")]
)
def test_labels_that_cannot_be(olga: Client, label: str, error: str) -> None:
    page = refused(olga, network="203.0.113.7", label=label)
    assert error in page.error_of("label")
    assert page.form["label"] == label


@pytest.mark.parametrize("label", ["<i>VPN</i>", "מרכז הנתונים", "🏢", ""])
def test_labels_are_shown_as_typed(olga: Client, label: str) -> None:
    assert olga.post(CREATE, form(olga, network="203.0.113.7", label=label)).status_code == 302
    page = read(olga.get(LIST))
    assert page.one("td", data_label="Label").text == (label or "—")


def test_a_post_without_any_field_says_what_is_missing(olga: Client) -> None:
    answer = olga.post(CREATE)
    assert answer.status_code == 422
    assert read(answer).error_of("network")


# Add my current IP


def added(browser: Client, address: str, **options: Any) -> Any:
    return browser.post(ADD_CURRENT, REMOTE_ADDR=address, **options)


@pytest.mark.parametrize(("address", "kept"), [("198.51.100.9", "198.51.100.9/32"), ("2001:db8::9", "2001:db8::9/128")])
def test_the_own_address_is_listed_with_one_click(olga: Client, address: str, kept: str) -> None:
    page = read(olga.get(LIST, REMOTE_ADDR=address))
    assert "Every request is refused:" in page.one(id="team-notices").text
    assert f"({address})" in page.one("button", id="add-current-notice").text
    assert added(olga, address)["Location"] == LIST
    page = read(olga.get(LIST, REMOTE_ADDR=address))
    assert said(page) == [f"Added your address {kept}."]
    assert page.one("td", data_label="Label").text == "Added by Olga Ops"
    assert f"Covers your address {address}" in page.text
    assert not page.all("button", id="add-current")
    assert "refused" not in page.one(id="team-notices").text


def test_htmx_keeps_an_open_dialog_open(olga: Client) -> None:
    """The button is also in the dialog that shows a new key: closing it would lose the key."""
    answer = added(olga, "198.51.100.9", headers=HTMX)
    assert events(answer) == {
        "toast": {"text": "Added your address 198.51.100.9/32.", "kind": "success"},
        "networks-changed": True,
    }
    again = events(added(olga, "198.51.100.9", headers=HTMX))
    assert again["toast"]["kind"] == "error"
    assert again["toast"]["text"].startswith("198.51.100.9/32 is already listed")
    assert listed() == ["198.51.100.9/32"]


@pytest.mark.parametrize("address", ["", "not-an-address"])
def test_an_address_that_cannot_be_seen_is_not_guessed(olga: Client, address: str) -> None:
    page = read(olga.get(LIST, REMOTE_ADDR=address))
    assert not page.all("button", id="add-current-notice")
    answer = added(olga, address, follow=True)
    assert said(read(answer)) == ["Your address cannot be seen here, so it was not added."]
    assert listed() == []


def test_looking_at_the_address_of_the_button_adds_nothing(olga: Client) -> None:
    assert olga.get(ADD_CURRENT)["Location"] == LIST
    assert listed() == []


def test_a_viewer_is_told_who_can_list_networks(cast: Cast, sign_in: SignIn) -> None:
    page = read(sign_in(cast.vic).get(LIST))
    assert "Somebody with the role Ops or Admin can do that." in page.one(id="team-notices").text
    assert not [form for form in page.all("form") if form.get("action") == ADD_CURRENT]
