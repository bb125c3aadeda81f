"""The command line as a shell and a program see it: exit status, standard output, standard error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server import ROOT, Gatehouse

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Gatehouse:
    """A database with a team in it, and no server."""
    instance = Gatehouse(tmp_path_factory.mktemp("shell"))
    instance.manage("migrate", "-v", "0")
    instance.manage("team", "create", "Acme Research", "--slug", "acme", "--admin", "ann@acme.example")
    return instance


def test_the_main_job_from_a_shell(shell: Gatehouse) -> None:
    made = shell.manage_json("apikey", "create", "--team", "acme", "--name", "Büro 🤖", "--expires-in", "90d")
    assert made["name"] == "Büro 🤖"
    subnet = shell.manage_json("ipsubnet", "create", "--team", "acme", "198.51.100.0/24", "--label", "VPN")
    assert subnet["network"] == "198.51.100.0/24"
    shell.manage("apikey", "revoke", made["id"], "--reason", "it was a test")
    assert [key["status"] for key in shell.manage_json("apikey", "list", "--team", "acme")] == ["revoked"]
    trail = shell.manage("audit", "export", "--team", "acme").stdout
    assert made["key"] not in trail
    assert [json.loads(line)["sentence"] for line in trail.splitlines()][-3:] == [
        "Command line generated key Büro 🤖",
        "Command line added the network 198.51.100.0/24",
        "Command line revoked key Büro 🤖",
    ]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["apikey", "revoke", "nosuchkey123"], 1, "CommandError: There is no key with the ID “nosuchkey123”."),
        (["ipsubnet", "create", "--team", "acme", "10.0.0.1/33", "--json"], 1, "“/33” is not a prefix length"),
        (["apikey", "create", "--team", "acme"], 2, "the following arguments are required: --name"),
        (["audit", "rewrite"], 2, "invalid choice: 'rewrite'"),
    ],
)
def test_errors_go_to_standard_error_and_into_the_exit_status(
    shell: Gatehouse, words: list[str], status: int, said: str
) -> None:
    answer = shell.manage(*words, check=False)
    assert (answer.returncode, answer.stdout) == (status, "")
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_address_that_is_not_allowed_is_an_answer_with_status_1(shell: Gatehouse) -> None:
    answer = shell.manage("ipsubnet", "check", "--team", "acme", "203.0.113.9", check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "203.0.113.9 is not allowed.\n", "")


def test_bytes_that_are_no_text_are_refused(shell: Gatehouse) -> None:
    answer = subprocess.run(
        [sys.executable, "manage.py", "apikey", "create", "--team", "acme", "--name", os.fsdecode(b"Bot\xff")],
        cwd=ROOT,
        env=shell.environ(),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "An argument is not text in UTF-8." in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_new_database_is_no_traceback(tmp_path: Path) -> None:
    answer = Gatehouse(tmp_path).manage("team", "list", check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "manage.py migrate" in answer.stderr
    assert "Traceback" not in answer.stderr
