"""manage.py person list|take-second-factors"""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from console.lost_factors import take_second_factors
from console.second_factor import with_second_factor
from teams.audit import Actor
from teams.command_line import ActionCommand, person_named
from teams.models import User
from teams.timestamps import rfc3339


class Command(ActionCommand):
    help = "Look after people's accounts."

    def add_actions(self, action: Callable[[str, str], ArgumentParser]) -> None:
        action("list", "List the people who can sign in, and how they do.")
        take = action("take-second-factors", "For somebody who has lost theirs: they sign in with the password alone.")
        take.add_argument("email", metavar="EMAIL")

    def do_list(self, options: dict[str, Any]) -> None:  # noqa: ARG002
        people = list(User.objects.order_by("email"))
        protected = with_second_factor(person.pk for person in people)
        records = [
            {
                "email": person.email,
                "full_name": person.full_name,
                "active": person.is_active,
                "operator": person.is_superuser,
                "second_factor": person.pk in protected,
                "last_sign_in": rfc3339(person.last_login),
            }
            for person in people
        ]
        columns = ["email", "full_name", "active", "operator", "second_factor", "last_sign_in"]
        self.show_table(records, columns, "There is nobody yet.")

    def do_take_second_factors(self, options: dict[str, Any]) -> None:
        person = person_named(options["email"])
        take_second_factors(user=person, actor=Actor.command_line())
        self.show({"email": person.email, "second_factor": False}, f"{person.email} has no second factor any more.")
