"""manage.py operator list|appoint|dismiss"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from teams import services
from teams.audit import Actor
from teams.command_line import ActionCommand, Record, person_named
from teams.models import User
from teams.timestamps import rfc3339


class Command(ActionCommand):
    help = "Say who are the operators of this installation, and change it. (To make a new person one: createsuperuser.)"

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        action("list", "List the operators.")
        for name, summary in (
            ("appoint", "Make a person an operator."),
            ("dismiss", "Take an operator's rights away. The last one keeps them."),
        ):
            action(name, summary).add_argument("email", metavar="EMAIL")

    def do_list(self, options: dict[str, Any]) -> None:  # noqa: ARG002
        operators = User.objects.filter(is_superuser=True).order_by("email")
        columns = ["email", "full_name", "active", "last_sign_in"]
        self.show_table([_record(person) for person in operators], columns, "There are no operators yet.")

    def do_appoint(self, options: dict[str, Any]) -> None:
        person = services.appoint_operator(user=_person(options["email"]), actor=Actor.command_line())
        self.show(_record(person), f"{person.email} is an operator now.")

    def do_dismiss(self, options: dict[str, Any]) -> None:
        person = services.dismiss_operator(user=_person(options["email"]), actor=Actor.command_line())
        self.show(_record(person), f"{person.email} is no operator any more.")


def _person(email: str) -> User:
    return person_named(email, otherwise="To make a new person an operator: manage.py createsuperuser")


def _record(person: User) -> Record:
    return {
        "email": person.email,
        "full_name": person.full_name,
        "active": person.is_active,
        "last_sign_in": rfc3339(person.last_login),
    }
