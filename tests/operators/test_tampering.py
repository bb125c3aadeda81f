"""Somebody who owns the database rewrites what was recorded, and `manage.py audit verify` names the event."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from tests.server import Gatehouse, postgres_database, postgres_missing

pytestmark = pytest.mark.server

REWRITE = (
    "UPDATE teams_auditevent SET actor_name = 'Somebody else' WHERE seq = 2 AND chain LIKE 'team-%' "
    "AND team_name = 'Acme Research'"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gatehouse]:
    """Two teams, each with an admin; nothing is served."""
    if request.param == "postgresql" and (missing := postgres_missing()):
        pytest.skip(missing)
    with ExitStack() as stack:
        url = stack.enter_context(postgres_database()) if request.param == "postgresql" else ""
        made = Gatehouse(tmp_path, url)
        made.manage("migrate", "-v", "0")
        made.manage("team", "create", "Acme Research", "--slug", "acme", "--admin", "ann@acme.example")
        made.manage("team", "create", "Globex", "--admin", "mallory@globex.example")
        yield made


def execute(installation: Gatehouse, *statements: str) -> None:
    """Past Gatehouse, as the owner of its database."""
    if installation.database_url:
        with psycopg.connect(installation.database_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
        return
    with closing(sqlite3.connect(installation.directory / "data" / "gatehouse.sqlite3")) as database, database:
        for statement in statements:
            database.execute(statement)


def drop_triggers(installation: Gatehouse) -> None:
    if installation.database_url:
        execute(installation, "DROP FUNCTION audit_is_append_only CASCADE")
    else:
        execute(installation, "DROP TRIGGER audit_refuses_update")


def test_one_row_that_is_rewritten_is_named(installation: Gatehouse) -> None:
    installation.assert_trail_intact()
    assert "is intact: 6 events" in installation.manage("audit", "verify").stdout
    with pytest.raises((sqlite3.Error, psycopg.Error), match="the audit trail is append-only"):
        execute(installation, REWRITE)
    drop_triggers(installation)
    execute(installation, REWRITE)
    answer = installation.manage("audit", "verify", check=False)
    assert answer.returncode == 1
    assert answer.stdout == ""
    [title, broken] = answer.stderr.strip().splitlines()
    assert title.endswith("The audit trail is broken:")
    assert broken.strip().endswith("event 2: was altered after it was written")
    with pytest.raises(pytest.fail.Exception, match="event 2: was altered"):
        installation.assert_trail_intact()
