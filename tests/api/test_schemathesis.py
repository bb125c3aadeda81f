"""schemathesis reads the OpenAPI document and tries what is in it, and what is not, on the running server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.calling import EVERYTHING
from tests.server import ROOT, gatehouse

SECONDS = "60"
CONFIGURATION = """\
[checks.positive_data_acceptance]
# 409, 412 and 422 as well: no schema says which names are taken, which networks are covered and which dates are over.
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422"]
"""


@pytest.mark.server
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """All of its checks, in all of its phases, with a seed that does not change and a limit of time."""
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    with gatehouse(tmp_path, "sqlite") as running:
        team = running.team()
        subnets = running.manage_json("ipsubnet", "list", "--team", team)
        scopes = [word for scope in EVERYTHING for word in ("--scope", scope)]
        made = running.manage_json("apikey", "create", "--team", team, "--name", "Fuzzer", *scopes)
        spared = " ".join([made["id"], *(subnet["id"] for subnet in subnets)])
        tried = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)),
                *("run", f"{running.url}/api/v1/openapi.json", "--header", f"X-API-Key: {made['key']}"),
                *("--checks", "all", "--seed", "1", "--max-examples", "10", "--max-time", SECONDS),
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
                "GATEHOUSE_NOT_TO_BE_ENDED": spared,
            },
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert tried.returncode == 0, tried.stdout + tried.stderr
        events = running.request("GET", "/api/v1/audit?limit=200&kind=key.generated&actor=Fuzzer", key=made["key"])
        assert events.status == 200, "the key that called still works"
        assert events.json()["events"], "it generated keys"
