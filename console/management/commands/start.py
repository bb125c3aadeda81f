"""manage.py start: everything that `make run` does after installing."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from teams import services
from teams.audit import Actor
from teams.first_admin import first_admin
from teams.models import Team, User

FIRST_TEAM = "My Team"
FIRST_ADMIN = "admin@localhost"


class Command(BaseCommand):
    help = "Migrate, make the first team and its admin on an empty database, and serve."

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ARG002
        call_command("migrate", interactive=False, verbosity=0)
        password = _first_team()
        self.stdout.write(f"\n  Gatehouse    {settings.GATEHOUSE_PUBLIC_URL}")
        if password:
            self.stdout.write(f"  Sign in as   {FIRST_ADMIN}")
            self.stdout.write(f"  Password     {password}")
            self.stdout.write("               Shown this once. Change it under Profile Settings → Security.")
        self.stdout.write("")
        self.stdout.flush()
        call_command("serve")


@transaction.atomic
def _first_team() -> str | None:
    """The new admin's password, on an empty database only."""
    if Team.objects.exists() or User.objects.exists():
        return None
    actor = Actor(name="First start", via="command line")
    team = services.create_team(name=FIRST_TEAM, actor=actor)
    return first_admin(team, FIRST_ADMIN, actor)
