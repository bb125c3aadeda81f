"""Every command that there is, is in the docs; and every setting in the README."""

import re

import pytest
from django.core.management import get_commands

from tests.architecture.commands_page import OURS, actions_of
from tests.server import ROOT

COMMANDS = sorted(name for name, app in get_commands().items() if app in OURS)
PAGE = (ROOT / "docs" / "commands.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_action_of_a_command_is_documented(name: str) -> None:
    """If not: python -m tests.architecture.commands_page > docs/commands.md"""
    _, found, section = PAGE.partition(f"\n## `{name}`\n")
    assert found
    section = section.partition("\n## ")[0]
    assert [
        action for action in actions_of(name) if not re.search(rf"^\| `{re.escape(action)}[ `]", section, re.MULTILINE)
    ] == []


def test_every_setting_is_in_the_readme() -> None:
    sources = (path.read_text() for path in (ROOT / "console").glob("*.py"))
    read = set().union(*(re.findall(r"\"(GATEHOUSE_[A-Z_]+)\"", source) for source in sources))
    readme = (ROOT / "README.md").read_text()
    assert len(read) > 15
    assert sorted(name for name in read if f"`{name}`" not in readme) == []
