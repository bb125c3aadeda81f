"""A trail too long for one piece, downloaded from the real server: whole, in order, and each event once."""

import csv
import json
from io import StringIO
from uuid import uuid4

import pytest

from tests.server import Gatehouse

pytestmark = pytest.mark.server

EVENTS = 1800
LONGER_THAN_ONE_PIECE = 512 * 1024

FILL = """
from importlib import import_module
from django.conf import settings
from django.db import transaction
from teams import audit
from teams.models import Team, User
from tests.cast import BY_TESTS
team = Team.objects.get(slug={slug!r})
ann = team.members.get()
with transaction.atomic():
    for n in range({events}):
        audit.record(kind="team.changed", actor=BY_TESTS, team=team, object_name=f"Change {{n}}")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session.update({{
    "_auth_user_id": str(ann.pk),
    "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
    "_auth_user_hash": ann.get_session_auth_hash(),
}})
session.create()
print(session.session_key)
"""


def test_a_long_trail_arrives_whole(server: Gatehouse) -> None:
    slug = f"team-{uuid4().hex[:8]}"
    server.manage("team", "create", slug, "--slug", slug, "--admin", f"ann@{slug}.example")
    session = server.shell(FILL.format(slug=slug, events=EVENTS)).strip()
    cookie = {"Cookie": f"gatehouse_session={session}"}
    answer = server.get(f"/teams/{slug}/activity.jsonl", headers=cookie)
    assert answer.status == 200
    assert len(answer.body) > LONGER_THAN_ONE_PIECE
    events = [json.loads(line) for line in answer.body.decode().splitlines()]
    assert [event["seq"] for event in events] == list(range(1, EVENTS + 3))
    assert [event["previous_hash"] for event in events[1:]] == [event["hash"] for event in events[:-1]]
    found = server.get(f"/teams/{slug}/activity.csv?events.thing=Change+17", headers=cookie).body.decode("utf-8-sig")
    names = [row["object"] for row in csv.DictReader(StringIO(found, newline=""))]
    assert names == [f"Change {n}" for n in range(EVENTS) if str(n).startswith("17")]
    assert server.request("HEAD", f"/teams/{slug}/activity.jsonl", headers=cookie).body == b""
    assert server.get(f"/teams/{slug}/activity.jsonl").status == 302
