"""manage.py start: everything that `make run` does after installing."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from console.public_address import public_url
from teams.first_run import offer_set_up


class Command(BaseCommand):
    help = "Migrate, make the first team and its admin on an empty database, and serve."

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ARG002
        call_command("migrate", interactive=False, verbosity=0)
        token = offer_set_up()
        self.stdout.write(f"\n  Gatehouse    {settings.GATEHOUSE_PUBLIC_URL}")
        if token:
            link = public_url("console:set_up", token)
            self.stdout.write(f"  Set it up    {link}")
            self.stdout.write("               Open this to name your team and choose your password. It works once.")
        self.stdout.write("")
        self.stdout.flush()
        call_command("serve")
