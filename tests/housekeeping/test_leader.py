"""Of several serving processes one does the housekeeping; when it dies, another one takes over."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.server import Gatehouse, gatehouse, postgres_missing, wait_until

pytestmark = pytest.mark.server

LEADS = "This process does the housekeeping."


@pytest.fixture(params=["sqlite", "postgresql"])
def three(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Gatehouse]]:
    """Three servers on one database, each with a log of its own."""
    if request.param == "postgresql" and (missing := postgres_missing()):
        pytest.skip(missing)
    with gatehouse(tmp_path, request.param) as first:
        others = [Gatehouse(tmp_path, first.database_url) for _ in range(2)]
        try:
            yield [first, *(other.start() for other in others)]
        finally:
            for other in others:
                other.stop()


def expired_copies(server: Gatehouse, make: int = 0) -> int:
    """How many sealed copies there are, after making one of a key that has just expired."""
    return int(
        server.shell(
            "from django.utils import timezone as t; from apikeys.models import *\n"
            f"for key in ApiKey.objects.order_by('pk')[:{make}]:\n"
            "    ApiKey.objects.filter(pk=key.pk).update(expires_at=t.now())\n"
            "    SealedCopy.objects.create(key=key, sealing_key=1, sealed=b'x')\n"
            "print(SealedCopy.objects.count())"
        )
    )


def leaders(servers: list[Gatehouse]) -> list[Gatehouse]:
    return [server for server in servers if LEADS in server.log.read_text()]


def test_one_leads_and_is_followed(three: list[Gatehouse]) -> None:
    team = three[0].team()
    three[0].key(team)
    wait_until(lambda: leaders(three), "nobody leads")
    (leader,) = leaders(three)
    assert expired_copies(leader, make=1) == 1
    assert leader.process is not None
    os.killpg(leader.process.pid, signal.SIGKILL)
    followers = [server for server in three if server is not leader]
    wait_until(lambda: leaders(followers), "nobody follows")
    assert len(leaders(followers)) == 1
    wait_until(lambda: expired_copies(followers[0]) == 0, "the follower does nothing")
    began = monotonic()
    followers[0].stop()
    followers[1].stop()
    assert monotonic() - began < 10, "the thread must not keep a server from ending"
    for server in three:
        assert "Traceback" not in server.log.read_text()
