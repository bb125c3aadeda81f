"""Every refusal of a change is in the audit trail, by whom and from where; and nobody can flood the trail with them."""

from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from teams import audit, audit_bounds
from teams.audit import sentence
from teams.models import AuditEvent
from teams.refusals import MOST_OF_A_PERSON, MOST_OF_AN_OUTSIDER
from tests.cast import Cast, list_network, make_key
from tests.conftest import SignIn
from tests.markup import read


def told(kind: str) -> list[str]:
    return [sentence(event) for event in AuditEvent.objects.filter(kind=kind).order_by("pk")]


def test_what_a_service_refuses_is_told_in_its_words(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    page = f"/teams/acme/members/{cast.vic.pk}/role/"
    assert ann.post(page, {"role": "viewer"}, REMOTE_ADDR="198.51.100.7").status_code == 422
    assert told("access.change_refused") == [
        "Ann Lee was refused a change: Vic Viewer has the role Viewer already. from 198.51.100.7"
    ]
    event = AuditEvent.objects.get(kind="access.change_refused")
    assert (event.team_id, event.actor_id) == (cast.acme.pk, cast.ann.pk)
    assert event.details == {"page": "console:change_role", "refused_this_hour": 1}
    activity = ann.get("/teams/acme/activity/").content.decode()
    assert "was refused a change: Vic Viewer has the role Viewer already." in activity


def test_a_key_that_is_revoked_already_and_a_network_that_is_listed_already(cast: Cast, sign_in: SignIn) -> None:
    ann, apikey = sign_in(cast.ann), make_key(cast.acme, cast.ann).apikey
    list_network(cast.acme, "198.51.100.0/24", "VPN")
    for _ in range(2):
        ann.post(f"/teams/acme/keys/{apikey.pk}/revoke/", {"reason": ""})
    page = "/teams/acme/networks/create/"
    ann.post(page, read(ann.get(page)).form | {"network": "198.51.100.0/24"})
    assert list(
        AuditEvent.objects.filter(kind="access.change_refused").order_by("pk").values_list("object_name", flat=True)
    ) == [
        "This key is revoked already.",
        "198.51.100.0/24 is already listed as “VPN”.",
    ]


def test_a_change_that_is_made_and_a_slip_of_the_pen_are_no_refusals(cast: Cast, sign_in: SignIn) -> None:
    ann = sign_in(cast.ann)
    ann.post(f"/teams/acme/members/{cast.vic.pk}/role/", {"role": "ops"})
    assert ann.post("/teams/acme/create-group/", {"name": "Quant\u202eResearch"}).status_code == 422
    assert ann.post("/teams/acme/create-group/", {"name": ""}).status_code == 422
    assert told("access.change_refused") == []


def test_the_refused_change_itself_is_undone_and_its_refusal_is_not(cast: Cast, sign_in: SignIn) -> None:
    """Ann, the only admin, would leave and hand her key over: both or neither."""
    apikey = make_key(cast.acme, cast.ann).apikey
    sign_in(cast.ann).post("/teams/acme/members/leave/", {"heir": f"user:{cast.vic.pk}"})
    apikey.refresh_from_db()
    assert apikey.owner_user == cast.ann
    assert len(told("access.change_refused")) == 1
    assert not AuditEvent.objects.filter(kind="key.handed_over").exists()
    assert list(audit.verify()) == []


def test_commands_too(cast: Cast) -> None:
    list_network(cast.acme, "198.51.100.0/24")
    with pytest.raises(CommandError, match="already listed"):
        call_command("ipsubnet", "create", "--team", "acme", "198.51.100.0/24")
    assert told("access.change_refused") == ["Command line was refused a change: 198.51.100.0/24 is already listed."]
    event = AuditEvent.objects.get(kind="access.change_refused")
    assert (event.team_id, event.details["page"]) == (cast.acme.pk, "ipsubnet create")


def test_an_outsiders_attempt_is_in_the_chain_of_the_installation_and_tells_nothing(
    cast: Cast, sign_in: SignIn
) -> None:
    mallory = sign_in(cast.mallory)
    answers = [mallory.post(f"/teams/{slug}/create-group/", {"name": "Mine"}) for slug in ("acme", "no-such-team")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert told("access.outside") == [
        "Mallory tried to change something of “acme”, which is no team of theirs from 127.0.0.1",
        "Mallory tried to change something of “no-such-team”, which is no team of theirs from 127.0.0.1",
    ]
    assert not AuditEvent.objects.filter(kind="access.outside").exclude(team_id=None).exists()


def test_looking_is_no_attempt_to_change(cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.mallory).get("/teams/acme/members/")
    assert told("access.outside") == []


def test_a_flood_costs_a_few_rows(cast: Cast, sign_in: SignIn) -> None:
    mallory, ann = sign_in(cast.mallory), sign_in(cast.ann)
    for _ in range(70):
        mallory.post("/teams/acme/create-group/", {"name": "Mine"})
        ann.post(f"/teams/acme/members/{cast.vic.pk}/role/", {"role": "viewer"})
    assert len(told("access.outside")) == MOST_OF_AN_OUTSIDER + len([16, 32, 64])
    assert len(told("access.change_refused")) == MOST_OF_A_PERSON + len([64])
    assert list(audit.verify()) == []


def test_a_forgetful_cache_does_not_open_the_flood_gates(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_bounds, "MOST_IN_AN_HOUR", 5)
    mallory = sign_in(cast.mallory)
    for _ in range(12):
        cache.clear()
        mallory.post("/teams/acme/create-group/", {"name": "Mine"})
    assert 1 <= len(told("access.outside")) <= 6


def test_operators_pages(cast: Cast, sign_in: SignIn) -> None:
    mallory = sign_in(cast.mallory)
    for _ in range(20):
        assert mallory.post("/operators/teams/acme/suspend/").status_code == 404
    assert len(told("operator.refused")) == MOST_OF_AN_OUTSIDER + len([16])


def test_no_secret_gets_into_a_refusal(cast: Cast, sign_in: SignIn, tmp_path: Path) -> None:
    generated = make_key(cast.acme, cast.ann)
    ann = sign_in(cast.ann)
    ann.post(
        "/teams/acme/keys/generate/",
        {"name": generated.apikey.name, "expires_in": "90", "owner": f"member:{cast.ann.pk}", "secret": generated.text},
    )
    assert all(generated.text not in str(event.__dict__) for event in AuditEvent.objects.all())
