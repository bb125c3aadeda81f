"""What every `manage.py` command of ours shares: actions as sub-commands, `--json`, errors on standard error."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from teams.audit import Actor
from teams.durations import parse_duration
from teams.errors import RefusedChange
from teams.models import Team, User
from teams.refusals import audited_refusals

Record = dict[str, Any]


class ActionCommand(BaseCommand):
    """A command whose first word says what to do: each action is a method `do_<action>` of the class."""

    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

        def action(name: str, summary: str) -> ArgumentParser:
            added: ArgumentParser = actions.add_parser(name, help=summary, description=summary)
            added.add_argument("--json", action="store_true", help="answer with JSON, for programs")
            return added

        self.add_actions(action)

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        raise NotImplementedError

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ARG002
        self.as_json: bool = options.get("json", False)
        _refuse_what_is_no_text(options)
        page = f"{type(self).__module__.rpartition('.')[2]} {options['action']}"
        try:
            with audited_refusals(team=_team_of(options), actor=Actor.command_line(), page=page):
                getattr(self, "do_" + options["action"].replace("-", "_"))(options)
        except RefusedChange as refused:
            raise CommandError(refused.message) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                f"The database cannot be used: {error} (if it is new, run: manage.py migrate)".replace("\n", " ")
            ) from error

    def show(self, record: Record, text: str) -> None:
        self.stdout.write(json.dumps(record, ensure_ascii=False) if self.as_json else text)

    def show_table(self, records: Sequence[Record], columns: Sequence[str], empty: str) -> None:
        """An aligned table for people, or an array of the whole records for programs."""
        if self.as_json:
            self.stdout.write(json.dumps(records, ensure_ascii=False))
            return
        if not records:
            self.stdout.write(empty)
            return
        rows = [[column.replace("_", " ").upper() for column in columns]]
        rows += [["" if record[column] is None else str(record[column]) for column in columns] for record in records]
        widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _refuse_what_is_no_text(options: dict[str, Any]) -> None:
    """Bytes that are not UTF-8 arrive as lone surrogates (PEP 383), which no database takes."""
    for value in options.values():
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            raise CommandError("An argument is not text in UTF-8.")


def _team_of(options: dict[str, Any]) -> Team | None:
    slug = options.get("team") or options.get("slug")
    return Team.objects.filter(slug=slug).first() if isinstance(slug, str) else None


def team_named(slug: str) -> Team:
    """Raises `CommandError`."""
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise CommandError(f"There is no team with the slug “{slug}”. See: manage.py team list")
    return team


def person_named(email: str, *, otherwise: str = "See: manage.py person list") -> User:
    """Raises `CommandError`, which says what to do `otherwise`."""
    person = User.objects.filter(email=email.strip().lower()).first()
    if person is None:
        raise CommandError(f"Nobody signs in with {email}. {otherwise}")
    return person


def duration(text: str) -> timedelta:
    """Raises `CommandError`."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise CommandError(str(error)) from None


def moment_after(text: str) -> datetime:
    return timezone.now() + duration(text)


def moment_of(text: str) -> datetime:
    """A time of RFC 3339, or how far ahead it is. Raises `CommandError`."""
    if "-" not in text:
        return moment_after(text)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError(f"“{text}” is not a moment; write it like 2026-11-30T18:00:00Z, with its offset, or 12h.")
    return moment
