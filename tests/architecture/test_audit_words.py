"""Every process can tell the trail in words, whatever it has imported: `manage.py audit export` opens no page."""

import ast
import json
from pathlib import Path

import pytest

from tests.server import ROOT, Gatehouse

pytestmark = pytest.mark.server

APPS = ("teams", "ipsubnets", "apikeys", "console")


def kinds_in(path: Path) -> set[str]:
    """The codes that a module registers: the first argument of `audit.kind(…)`."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and node.args)
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "kind"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_every_kind_of_event_has_its_words_once_django_is_set_up(tmp_path: Path) -> None:
    registered = set().union(*(kinds_in(path) for app in APPS for path in (ROOT / app).rglob("*.py")))
    shown = Gatehouse(tmp_path).shell("import json; from teams import audit; print(json.dumps(audit.kinds()))")
    assert {"key.generated", "subnet.created", "team.created"} <= registered
    assert registered == json.loads(shown).keys()
