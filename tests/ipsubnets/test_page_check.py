"""The page *Check networks*: each finding with its fix, previewed in a dialog, and the same on the command line."""

import json

import pytest
from django.core.management import call_command
from django.test import Client

from apikeys.network_binding import bind_key
from ipsubnets.lint.linter import lint
from ipsubnets.models import IPSubnet
from teams.models import AuditEvent
from tests.cast import BY_TESTS, Cast, make_key, used_from
from tests.commands import manage, manage_json, refused
from tests.conftest import SignIn
from tests.ipsubnets.test_linter import have
from tests.markup import events, read, rows, said

CHECK = "/teams/acme/networks/check/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def olga(cast: Cast, sign_in: SignIn) -> Client:
    return sign_in(cast.olga)


def fix_path(cast: Cast, kind: str) -> str:
    return next(f"{CHECK}{found.id}/fix/" for found in lint(cast.acme) if found.kind == kind)


def test_the_list_of_networks_leads_to_the_page(cast: Cast, olga: Client, sign_in: SignIn) -> None:
    page = "/teams/acme/authorization/"
    assert read(olga.get(page)).all("a", href=CHECK)
    assert not read(sign_in(cast.vic).get(page)).all("a", href=CHECK)
    assert "Nothing to mend" in read(olga.get(CHECK)).text


def test_findings_are_listed_by_kind_and_paged(cast: Cast, olga: Client) -> None:
    have(cast.acme, "8.0.0.0/9")
    for number in range(30):
        have(cast.acme, f"8.8.{number}.0/25", "<b>Office</b>")
    have(cast.acme, "10.0.0.0/8")
    page = read(olga.get(CHECK))
    assert len(rows(page, "findings")) == 25
    assert "Contained in another: 30" in page.text
    assert "<b>Office</b>" in page.text
    assert len(rows(read(olga.get(CHECK, {"page": "2"})), "findings")) == 6
    (row,) = rows(read(olga.get(CHECK, {"kind": "wide"})), "findings")
    assert "10.0.0.0/8" in row.text
    for odd in ({"kind": "x"}, {"page": "x"}, {"page": "-1"}, {"page": "9" * 30}):
        assert olga.get(CHECK, odd).status_code == 200


def test_a_fix_is_previewed_and_then_applied(cast: Cast, olga: Client) -> None:
    have(cast.acme, "8.8.8.0/25", "Office")
    have(cast.acme, "8.8.8.128/25", "VPN")
    path = fix_path(cast, "neighbours")
    preview = read(olga.get(path)).text
    for words in ("8.8.8.0/25 Office", "8.8.8.128/25 VPN", "Added 8.8.8.0/24", "The same addresses as before"):
        assert words in preview
    assert IPSubnet.objects.count() == 2, "a look changes nothing"
    answer = olga.post(path, headers=HTMX)
    assert events(answer)["networks-changed"] is True
    assert "8.8.8.0/24 in place of 8.8.8.0/25, 8.8.8.128/25" in events(answer)["toast"]["text"]
    (left,) = IPSubnet.objects.all()
    assert (left.network, left.label, left.created_by) == ("8.8.8.0/24", "Office, VPN", cast.olga)
    kinds = list(AuditEvent.objects.order_by("-pk").values_list("kind", flat=True)[:3])
    assert kinds == ["subnet.created", "subnet.deleted", "subnet.deleted"]


def test_a_fix_that_refuses_what_was_used_lately_asks(cast: Cast, olga: Client) -> None:
    """And names the key that was bound to what is removed."""
    wide = have(cast.acme, "8.0.0.0/7", "Everything")
    key = make_key(cast.acme, cast.dev).apikey
    used_from(key, "8.8.8.8")
    bind_key(apikey=key, networks=[wide.pk], actor=BY_TESTS)
    path = fix_path(cast, "wide")
    preview = read(olga.get(path)).text
    assert "Less than before: what is outside of 8.8.8.0/24 is refused" in preview
    assert "none left: refused everywhere" in preview, "the key is not bound to what takes the place of its network"
    assert "10 requests of the last 30 days would have been refused" in preview
    answer = olga.post(path)
    assert answer.status_code == 422
    assert read(answer).error_of("confirmed")
    assert olga.post(path, {"confirmed": "yes"}).status_code == 302
    assert list(IPSubnet.objects.values_list("network", flat=True)) == ["8.8.8.0/24"]


def test_a_finding_that_is_gone_is_told_and_anothers_is_not_there(cast: Cast, olga: Client) -> None:
    have(cast.acme, "8.8.0.0/16")
    inner = have(cast.acme, "8.8.8.0/24")
    path = fix_path(cast, "contained")
    olga.post(f"/teams/acme/networks/{inner.pk}/delete/")
    for answer in (olga.get(path, follow=True), olga.post(path, follow=True)):
        assert said(read(answer))[-1] == "8.8.8.0/24 has been removed already."
    have(cast.globex, "9.9.9.9")
    have(cast.globex, "9.9.9.9")
    (foreign,) = lint(cast.globex)
    assert olga.get(f"{CHECK}{foreign.id}/fix/").status_code == 404
    for odd in ("x", "a-b-c", "contained--", "-" * 9):
        assert olga.post(f"{CHECK}{odd}/fix/").status_code == 404


def test_on_the_command_line(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    assert manage("ipsubnet", "lint", "--team", "acme") == "Nothing to mend.\n"
    assert manage_json("ipsubnet", "lint", "--team", "acme") == []
    have(cast.acme, "8.8.0.0/16", "Office")
    inner = have(cast.acme, "8.8.8.0/24")
    with pytest.raises(SystemExit) as ended:
        call_command("ipsubnet", "lint", "--team", "acme")
    assert ended.value.code == 1
    assert "8.8.0.0/16 (Office) holds all of its addresses" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("ipsubnet", "lint", "--team", "acme", "--json")
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["removes"], found["narrows"]) == ("contained", [inner.pk], False)
    assert manage("ipsubnet", "fix", "--team", "acme", found["id"]) == "Done: Remove 8.8.8.0/24.\n"
    assert "have changed" in refused("ipsubnet", "fix", "--team", "acme", found["id"])


def test_the_page_costs_the_same_however_many_networks(
    cast: Cast, olga: Client, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for number in range(40):
        have(cast.acme, f"10.0.{number}.0/24")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        olga.get(CHECK)
