"""manage.py createsuperuser: Django's own, for a new operator of this installation."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError

from teams.errors import RefusedChange


class Command(createsuperuser.Command):
    help = "Make an account for a new operator of this installation."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except RefusedChange as refused:
            raise CommandError(refused.message) from None
