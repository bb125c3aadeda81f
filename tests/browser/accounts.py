"""Teams of the browser tests' own on the running server, and what fills their pages."""

from dataclasses import dataclass
from uuid import uuid4

from tests.server import Gatehouse


@dataclass(frozen=True)
class Account:
    """A team, and somebody in it who can sign in."""

    slug: str
    email: str
    password: str

    @property
    def page(self) -> str:
        return f"/teams/{self.slug}/authorization/"


def new_account(server: Gatehouse) -> Account:
    """A team without keys and networks, and its admin."""
    slug = f"team-{uuid4().hex[:8]}"
    made = server.manage_json("team", "create", slug, "--slug", slug, "--admin", f"ann@{slug}.example")
    return Account(slug, made["admin"], made["password"])


def fill(server: Gatehouse, account: Account, code: str) -> str:
    """Run `code` inside Django with the `team`, its admin `ann` and the cast's own tools; returns what it prints."""
    prelude = f"""
from tests.cast import *
from teams.models import *
from teams.permissions import Role
from teams.services import *
from apikeys.models import *
from apikeys.services import *
team = Team.objects.get(slug={account.slug!r})
ann = User.objects.get(email={account.email!r})
"""
    ran = server.manage("shell", "-v", "0", "-c", prelude + code, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()
