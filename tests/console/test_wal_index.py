"""The bytes that the gate compares instead of asking SQLite say what SQLite would have said."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.enforcement.memory import PolicyMemory
from console.enforcement.wal_index import HEADER, is_settled, wal_index
from console.enforcement.watch_sqlite import SQLiteWatch

SCHEMA = "CREATE TABLE teams_policychange (id INTEGER PRIMARY KEY AUTOINCREMENT, team_id INTEGER, key_id TEXT)"


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """Open somewhere, as it is while a server runs: SQLite removes the index with the last connection."""
    path = tmp_path / "gatehouse.sqlite3"
    server = _connect(path)
    server.execute("PRAGMA journal_mode=WAL")
    server.execute(SCHEMA)
    yield path
    server.close()


def _elsewhere(path: Path, statement: str) -> None:
    """Another process runs the statement, and has ended when this returns."""
    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).execute(sys.argv[2])"
    subprocess.run([sys.executable, "-c", program, str(path), statement], check=True)


@pytest.mark.parametrize(
    ("statement", "moves"),
    [
        ("INSERT INTO teams_policychange (team_id, key_id) VALUES (1, 'k')", True),
        ("CREATE TABLE more (a)", True),
        ("SELECT * FROM teams_policychange", False),
        ("PRAGMA wal_checkpoint(PASSIVE)", False),
    ],
)
def test_index_moves_when_another_process_commits_and_only_then(database: Path, statement: str, moves: bool) -> None:
    probe = _connect(database)
    version = probe.execute("PRAGMA data_version").fetchone()
    index = wal_index(str(database))
    assert index is not None
    before = index[:HEADER]
    assert is_settled(before)
    _elsewhere(database, statement)
    assert (index[:HEADER] != before) is moves
    assert (probe.execute("PRAGMA data_version").fetchone() != version) is moves
    probe.close()


def test_every_commit_moves_it_across_checkpoints_that_start_the_log_anew(database: Path) -> None:
    reader, writer = _connect(database), _connect(database)
    reader.execute("SELECT * FROM teams_policychange").fetchall()
    index = wal_index(str(database))
    assert index is not None
    seen = {index[:HEADER]}
    for number in range(300):
        writer.execute("INSERT INTO teams_policychange (team_id, key_id) VALUES (1, '')")
        assert index[:HEADER] not in seen
        seen.add(index[:HEADER])
        if number % 7 == 0:
            writer.execute("PRAGMA wal_checkpoint(RESTART)")
    reader.close()
    writer.close()


def test_one_file_is_opened_however_often_it_is_asked_for_and_stays_open(database: Path) -> None:
    """Were it closed, this process would lose its locks on it without SQLite's knowing."""
    reader = _connect(database)
    reader.execute("SELECT * FROM teams_policychange").fetchall()
    indexes = {id(wal_index(str(database))) for _ in range(10)}
    assert len(indexes) == 1
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM teams_policychange").fetchall()
    for _ in range(10):
        wal_index(str(database))
    _elsewhere(database, "INSERT INTO teams_policychange (team_id, key_id) VALUES (1, '')")
    busy = _checkpoint_elsewhere(database)
    assert busy, "the reader's lock is gone: a log that somebody reads would be started anew"
    reader.execute("COMMIT")
    reader.close()


def _checkpoint_elsewhere(path: Path) -> bool:
    program = """import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
print(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])"""
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True)
    return done.stdout.strip() == "1"


def test_without_a_log_there_is_no_index_and_the_watch_asks_sqlite_each_time(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    writer = _connect(path)
    writer.execute(SCHEMA)
    memory = PolicyMemory()
    watch = SQLiteWatch(str(path), memory)
    assert wal_index(str(path)) is None
    assert watch.vouches()
    generation = memory.generation
    assert watch.vouches()
    assert memory.generation == generation
    _elsewhere(path, "INSERT INTO teams_policychange (team_id, key_id) VALUES (1, '')")
    assert watch.vouches()
    assert memory.generation > generation
    writer.close()


def test_watch_learns_of_every_commit_of_another_process(database: Path) -> None:
    memory = PolicyMemory()
    watch = SQLiteWatch(str(database), memory)
    assert watch.vouches()
    for _ in range(5):
        generation = memory.generation
        assert watch.vouches()
        assert memory.generation == generation
        _elsewhere(database, "INSERT INTO teams_policychange (team_id, key_id) VALUES (1, 'k')")
        assert watch.vouches()
        assert memory.generation == generation + 1


def test_header_of_a_commit_under_way_is_not_taken_for_an_answer() -> None:
    assert is_settled(bytes(HEADER))
    assert not is_settled(bytes(HEADER - 1) + b"\x01")
