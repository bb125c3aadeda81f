"""On the running server: a developer's script rotates its key with curl, and programs that ask at the same moment."""

import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.api.calling import EVERYTHING
from tests.server import ROOT, Gatehouse, Reply

pytestmark = pytest.mark.server

AT_ONCE = 8
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def key(server: Gatehouse) -> str:
    scopes = [word for scope in EVERYTHING for word in ("--scope", scope)]
    made = server.manage_json("apikey", "create", "--team", server.team(), "--name", "Rotation-Bot", *scopes)
    return str(made["key"])


def id_of(key: str) -> str:
    return key.split("_")[1]


def call(server: Gatehouse, key: str, method: str, path: str, content: Any = None, **headers: str) -> Reply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | (JSON if content is not None else {})
    body = None if content is None else json.dumps(content).encode()
    return server.request(method, f"/api/v1/{path}", key=key, headers=sent, body=body)


def at_once(server: Gatehouse, key: str, *calls: tuple[str, str, Any, dict[str, str]]) -> list[Reply]:
    with ThreadPoolExecutor(len(calls)) as pool:
        waiting = [pool.submit(call, server, key, *each[:3], **each[3]) for each in calls]
        return [each.result() for each in waiting]


def test_the_guides_rotation(server: Gatehouse, key: str, tmp_path: Path) -> None:
    """The very lines of docs/api.md."""
    if not (shutil.which("curl") and shutil.which("jq")):
        pytest.skip("curl and jq are not installed")
    guide = (ROOT / "docs" / "api.md").read_text()
    section = guide.partition("## Rotation without an outage")[2].partition("\n## ")[0]
    script = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    assert script.count("curl") == 2
    script = script.replace("https://gatehouse.example", server.url) + '\necho "new=$new"\n'
    ran = subprocess.run(
        ["bash", "-eu", "-c", script],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "GATEHOUSE_KEY": key},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    new = re.findall(r"new=(gate_\w+)", ran.stdout)[0]
    assert server.request("GET", "/api/v1/datasets", key=new).status == 200
    assert server.request("GET", "/api/v1/datasets", key=key).json()["reason"] == "revoked"
    assert key not in server.log.read_text()
    assert new not in server.log.read_text()


def test_of_changes_of_the_same_thing_one_is_made(server: Gatehouse, key: str) -> None:
    path = f"keys/{id_of(key)}"
    etag = call(server, key, "GET", path).headers["etag"]
    answers = at_once(
        server, key, *(("PATCH", path, {"name": f"Name-{number}"}, {"If_Match": etag}) for number in range(AT_ONCE))
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * (AT_ONCE - 1)
    (changed,) = (answer for answer in answers if answer.status == 200)
    assert call(server, key, "GET", path).json()["name"] == changed.json()["name"]


def test_of_repeated_requests_one_generates_a_key(server: Gatehouse, key: str) -> None:
    asked = ("POST", "keys", {"name": "Once"}, {"Idempotency_Key": "the-same"})
    answers = at_once(server, key, *[asked] * AT_ONCE)
    assert sorted(answer.status for answer in answers) == [201] + [409] * (AT_ONCE - 1)
    (made,) = (answer.json()["id"] for answer in answers if answer.status == 201)
    assert {answer.json()["key_id"] for answer in answers if answer.status == 409} == {made}


def test_repeated_requests_list_a_network_once(server: Gatehouse, key: str) -> None:
    asked = ("POST", "subnets", {"network": "203.0.113.0/24"}, {"Idempotency_Key": "the-same"})
    answers = at_once(server, key, *[asked] * AT_ONCE)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_key_that_is_rotated_twice_at_once_has_one_successor(server: Gatehouse, key: str) -> None:
    answers = at_once(server, key, *[("POST", f"keys/{id_of(key)}/rotate", {}, {})] * AT_ONCE)
    assert sorted(answer.status for answer in answers) == [201] + [409] * (AT_ONCE - 1)


def test_paging_while_others_add_keys(server: Gatehouse, key: str) -> None:
    for number in range(5):
        assert call(server, key, "POST", "keys", {"name": f"Before-{number}"}).status == 201
    seen: list[str] = []
    cursor: str | None = ""
    with ThreadPoolExecutor(1) as pool:
        adding = [
            pool.submit(call, server, key, "POST", "keys", {"name": f"Meanwhile-{number}"}) for number in range(10)
        ]
        while cursor is not None:
            page = call(server, key, "GET", f"keys?limit=1{cursor and f'&cursor={cursor}'}").json()
            seen += [each["name"] for each in page["keys"]]
            cursor = page["next_cursor"]
        assert {each.result().status for each in adding} == {201}
    assert len(seen) == len(set(seen))
    assert {*(f"Before-{number}" for number in range(5)), "Rotation-Bot"} <= set(seen)
