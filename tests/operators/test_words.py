"""Every event has words in every process: also in a command that never came near the code that writes it."""

import json
import re
from pathlib import Path

import pytest

from tests.server import ROOT, Gatehouse

pytestmark = pytest.mark.server

APPS = ("teams", "ipsubnets", "apikeys", "console")
REGISTERED = re.compile(r"audit\.kind\(\s*\"([\w.]+)\"")


def test_a_process_of_its_own_knows_every_kind(tmp_path: Path) -> None:
    sources = [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")]
    written = {kind for source in sources for kind in REGISTERED.findall(source)}
    known = json.loads(
        Gatehouse(tmp_path).shell("import json; from teams import audit; print(json.dumps(audit.kinds()))")
    )
    assert written
    assert written == set(known)
