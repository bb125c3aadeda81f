"""Three Gatehouses on one database, and a real mail server: everybody is mailed once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.identity.mailbox import Mailbox, mail_server, text_of
from tests.server import ROOT, Gatehouse, gatehouse, postgres_missing, wait_until

pytestmark = pytest.mark.server

PEOPLE = ("dev", "olga", "ann")
STATES = (
    "from console.models import ReminderMail as M\n"
    "print(M.objects.count(), *set(M.objects.values_list('state', flat=True)))"
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def three(request: pytest.FixtureRequest, tmp_path: Path, mailbox: Mailbox) -> Iterator[list[Gatehouse]]:
    """Two of one process and one of two, all of which are ready to keep house, and a real mail server."""
    if request.param == "postgresql" and (missing := postgres_missing()):
        pytest.skip(missing)
    environment = {"GATEHOUSE_EMAIL_URL": mailbox.url, "GATEHOUSE_REMINDER_HOUR": "0"}
    with gatehouse(tmp_path, request.param, **environment) as first:
        others = [Gatehouse(tmp_path, first.database_url, {**environment, "GATEHOUSE_WORKERS": n}) for n in "12"]
        try:
            yield [first, *(other.start() for other in others)]
        finally:
            for other in others:
                other.stop()


def expire_tomorrow(server: Gatehouse, team: str) -> None:
    """Two keys, of Dev's and of a group with Olga; made long ago, and about to expire."""
    server.shell(
        "from datetime import timedelta; from django.utils import timezone; from apikeys.models import ApiKey\n"
        "from teams.models import *\n"
        f"team = Team.objects.get(slug='{team}')\n"
        "now = timezone.now()\n"
        "people = []\n"
        f"for name in {PEOPLE[:2]}:\n"
        f"    person = User.objects.create_user(name + '@{team}.example')\n"
        "    Membership.objects.create(team=team, user=person, role='developer'); people.append(person)\n"
        "group = Group.objects.create(team=team, name='Quants', slug='quants'); group.members.add(people[1])\n"
        "first, second = ApiKey.objects.filter(team=team).order_by('name')\n"
        "ApiKey.objects.filter(pk=first.pk).update(owner_user=people[0])\n"
        "ApiKey.objects.filter(pk=second.pk).update(owner_user=None, owner_group=group)\n"
        "ApiKey.objects.filter(team=team).update("
        "created_at=now - timedelta(days=80), expires_at=now + timedelta(days=1))"
    )


def test_everybody_is_mailed_once(three: list[Gatehouse], mailbox: Mailbox) -> None:
    """By whoever of the three leads; on PostgreSQL besides by commands that timers start at the same moment."""
    timers = 3 if three[0].database_url else 0
    team = three[0].team()
    for name in ("Backtest", "Nightly"):
        three[0].key(team, name)
    expire_tomorrow(three[0], team)
    commands = [
        subprocess.Popen([sys.executable, "manage.py", "housekeeping"], cwd=ROOT, env=three[0].environ())
        for _ in range(timers)
    ]
    wait_until(lambda: len(mailbox.mails) >= len(PEOPLE), "not everybody is mailed", seconds=60)
    assert [command.wait(60) for command in commands] == [0] * timers
    three[1].manage("housekeeping")
    assert three[0].shell(STATES).split() == ["3", "sent"]
    told = {mail["To"].split("@")[0]: mail for mail in mailbox.mails}
    assert sorted(mail["To"].split("@")[0] for mail in mailbox.mails) == sorted(PEOPLE)
    assert told["dev"]["Subject"] == f"Key Backtest of {team} expires tomorrow"
    assert told["olga"]["Subject"] == f"Key Nightly of {team} expires tomorrow"
    assert told["ann"]["Subject"].startswith("2 API keys: ")
    text = told["ann"].get_body(("plain",))
    assert text is not None
    assert f"/teams/{team}/keys/" in text_of(text)  # type: ignore[arg-type]
