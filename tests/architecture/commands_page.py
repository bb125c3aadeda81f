"""`python -m tests.architecture.commands_page` prints docs/commands.md, made of the commands themselves."""

import os
import sys
from argparse import _SubParsersAction
from collections.abc import Iterator

import django

OURS = ("teams", "ipsubnets", "apikeys", "console")
HEAD = """# The command line

Whatever a page can do to keys, networks and teams, `manage.py` can, through the same services and the same audit
trail, in which it is told as “Command line”. Every action answers for people, and with `--json` for programs; errors
go to standard error with an exit status that is not zero. Durations are written `90d`, `12h`, `30m`, `45s`. `--help`
after any of them says what each argument means.

This page is made of the commands themselves (`python -m tests.architecture.commands_page`).
"""


def page() -> str:
    from django.core.management import get_commands, load_command_class

    named = sorted((name, str(app)) for name, app in get_commands().items() if app in OURS)
    parts = [HEAD]
    for name, app in named:
        command = load_command_class(app, name)
        parser = command.create_parser("manage.py", name)
        parts.append(f"\n## `{name}`\n\n{command.help}\n")
        actions = list(_actions(parser))
        if actions:
            parts.append("\n| action | what it does |\n| --- | --- |\n")
            parts += [f"| `{usage}` | {summary} |\n" for usage, summary in actions]
    return "".join(parts)


def _actions(parser: object) -> Iterator[tuple[str, str]]:
    for group in getattr(parser, "_actions", ()):
        if isinstance(group, _SubParsersAction):
            for name, sub in group.choices.items():
                usage = " ".join(sub.format_usage().removeprefix("usage: ").split())
                arguments = usage.partition(f" {name}")[2].replace("[-h] ", "").replace("[-h]", "")
                yield f"{name}{arguments}".replace("|", "\\|").strip(), (sub.description or "").replace("|", "\\|")


def actions_of(name: str) -> list[str]:
    """The first words of a command's actions."""
    from django.core.management import get_commands, load_command_class

    parser = load_command_class(str(get_commands()[name]), name).create_parser("manage.py", name)
    return [usage.partition(" ")[0] for usage, _ in _actions(parser)]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    sys.stdout.write(page())
