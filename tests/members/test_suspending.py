"""Ann stops her team for a while; and what an operator has stopped, she cannot start again."""

import pytest
from django.test import Client

from teams import services
from teams.errors import RefusedChange
from teams.models import AuditEvent, Team
from tests.cast import BY_TESTS, PASSWORD, Cast, list_network, make_key
from tests.conftest import SignIn
from tests.front_door import OFFICE, FrontDoorClient
from tests.markup import read

SETTINGS = "/teams/acme/settings/"
SUSPEND, RESUME = f"{SETTINGS}suspend/", f"{SETTINGS}resume/"


@pytest.fixture
def ann(cast: Cast, sign_in: SignIn) -> Client:
    """She has just proved who she is."""
    ann = sign_in(cast.ann)
    assert ann.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return ann


def test_every_request_is_refused_until_she_resumes_it(cast: Cast, ann: Client, front_door: FrontDoorClient) -> None:
    list_network(cast.acme, OFFICE)
    key = make_key(cast.acme, cast.dev).text
    assert front_door.get("/api/v1/datasets", key=key).status == 200
    said = read(ann.post(SUSPEND, {"slug": "acme"}, follow=True)).text
    assert "Acme Research is suspended: every request of it is refused." in said
    assert front_door.get("/api/v1/datasets", key=key).json()["reason"] == "team_suspended"
    assert read(ann.get("/teams/acme/authorization/")).one(id="resume-from-notice").text == "Resume…"
    assert "Acme Research is resumed." in read(ann.post(RESUME, follow=True)).text
    assert front_door.get("/api/v1/datasets", key=key).status == 200
    kinds = AuditEvent.objects.filter(team_id=cast.acme.pk, actor_id=cast.ann.pk).values_list("kind", flat=True)
    assert list(kinds.order_by("seq")) == ["team.suspended", "team.resumed"]


@pytest.mark.parametrize("typed", ["", "Acme", "acme research"])
def test_not_without_the_slug(cast: Cast, ann: Client, typed: str) -> None:
    answer = ann.post(SUSPEND, {"slug": typed})
    assert answer.status_code == 422
    assert "Nothing was suspended." in answer.content.decode()
    assert Team.objects.get(pk=cast.acme.pk).suspended_at is None


def test_not_without_proving_who_she_is(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.ann).post(SUSPEND, {"slug": "acme"}).status_code == 302
    assert Team.objects.get(pk=cast.acme.pk).suspended_at is None


def test_what_an_operator_suspended_only_an_operator_resumes(cast: Cast, ann: Client) -> None:
    services.suspend_team(team=cast.acme, actor=BY_TESTS)
    page = read(ann.get(SETTINGS))
    assert "only they can resume it" in page.text
    assert not page.all(id="resume-team")
    answer = read(ann.post(RESUME, follow=True))
    assert "only they can resume it" in answer.text
    assert Team.objects.get(pk=cast.acme.pk).suspended_at is not None


def test_an_operator_has_the_last_word(cast: Cast) -> None:
    """Ann has suspended her team, and could undo it; once an operator suspends it too, she cannot."""
    services.suspend_team(team=cast.acme, by_team=True, actor=BY_TESTS)
    services.suspend_team(team=cast.acme, reason="unpaid", actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="only they can resume it"):
        services.resume_team(team=cast.acme, by_team=True, actor=BY_TESTS)
    services.resume_team(team=cast.acme, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="is not suspended"):
        services.resume_team(team=cast.acme, by_team=True, actor=BY_TESTS)
    services.suspend_team(team=cast.acme, by_team=True, actor=BY_TESTS)
    with pytest.raises(RefusedChange, match="suspended already"):
        services.suspend_team(team=cast.acme, by_team=True, actor=BY_TESTS)
