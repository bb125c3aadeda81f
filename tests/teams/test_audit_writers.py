"""Many write to the audit trail at once, and some of them fail: one chain, and only what happened in it."""

from collections.abc import Callable

from django.db import transaction

from teams import audit
from teams.errors import RefusedChange
from teams.models import AuditChainHead, AuditEvent, Group, Team
from teams.services import create_group, create_team
from tests.at_once import at_once
from tests.cast import BY_TESTS

WRITERS = 6
EVENTS_EACH = 8


def test_writers_at_once_do_not_fork_the_chain(committed: None) -> None:
    team = create_team(name="Acme Research", slug="acme", actor=BY_TESTS)

    def write() -> None:
        for _ in range(EVENTS_EACH):
            audit.record(kind="team.changed", actor=BY_TESTS, team=team)

    at_once([write] * WRITERS)
    events = AuditEvent.objects.filter(chain=f"team-{team.pk}").order_by("seq")
    assert [event.seq for event in events] == list(range(1, 1 + 1 + WRITERS * EVENTS_EACH))
    assert list(audit.verify()) == []


def test_the_first_events_of_a_chain_at_once(committed: None) -> None:
    """There is no head yet to queue for."""
    at_once([lambda: audit.record(kind="profile.changed", actor=BY_TESTS, team=None)] * WRITERS)
    assert AuditChainHead.objects.get(chain=audit.INSTALLATION_CHAIN).seq == WRITERS
    assert list(audit.verify()) == []


def test_groups_and_teams_made_twice_at_once_are_made_once(committed: None) -> None:
    def made(make: Callable[[], object]) -> str:
        try:
            make()
        except RefusedChange as refused:
            return refused.message
        return "made"

    def acme() -> str:
        return made(lambda: create_team(name="Acme", slug="acme", actor=BY_TESTS))

    teams = at_once([acme] * 3)
    assert sorted(teams) == ["There is already a team with the slug “acme”."] * 2 + ["made"]
    team = Team.objects.get()

    def quants() -> str:
        return made(lambda: create_group(team=team, name="Quants", actor=BY_TESTS))

    assert sorted(at_once([quants] * 3)) == ["This team already has a group “quants”."] * 2 + ["made"]
    assert AuditEvent.objects.count() == 2
    assert list(audit.verify()) == []


def test_what_is_rolled_back_leaves_no_event(committed: None) -> None:
    team = create_team(name="Acme Research", slug="acme", actor=BY_TESTS)
    with transaction.atomic():
        create_group(team=team, name="Quants", actor=BY_TESTS)
        assert AuditEvent.objects.count() == 2
        transaction.set_rollback(True)
    assert not Group.objects.exists()
    assert [event.kind for event in AuditEvent.objects.all()] == ["team.created"]
    assert AuditChainHead.objects.get(chain=f"team-{team.pk}").seq == 1
    create_group(team=team, name="Quants", actor=BY_TESTS)
    assert list(audit.verify()) == []
