"""A PostgreSQL cluster of the test's own, to stop and start: the shared one is not ours to take away."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server import free_port

USER = "postgres"

ATTEMPTS = 3


class PostgresCluster:
    def __init__(self, directory: Path, binaries: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self._binaries = binaries
        self._run("initdb", "--auth=trust", f"--username={USER}", "--no-sync", "-D", str(directory / "data"))

    @property
    def url(self) -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.directory} -c fsync=off"
        )
        data, log = str(self.directory / "data"), self.directory / "log"
        for _ in range(ATTEMPTS):  # on a busy machine, what the last stop left behind may still be in the way
            if self._run("pg_ctl", "-D", data, "-w", "-t", "30", "-l", str(log), "-o", options, "start", check=False):
                return
        pytest.fail(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.directory / "data"), "-w", "-m", "immediate", "stop", check=False)

    def _run(self, program: str, *arguments: str, check: bool = True) -> bool:
        """Whether it succeeded. PostgreSQL refuses to run as root: then it runs as its own user."""
        as_user: dict[str, Any] = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [self._binaries / program, *arguments],
            check=check,
            cwd=self.directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
            **as_user,
        )
        return done.returncode == 0


@contextmanager
def postgres_cluster(directory: Path) -> Iterator[PostgresCluster]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (str(binaries[-1]) if binaries else "")
    if not found:
        pytest.skip(
            "PostgreSQL's server programs (initdb, pg_ctl) are not installed, so none can be stopped and started"
        )
    place = directory / "cluster"
    place.mkdir()
    if os.geteuid() == 0:
        owner = pwd.getpwnam(USER)
        os.chown(place, owner.pw_uid, owner.pw_gid)
        for parent in [directory, *directory.parents]:
            if parent.stat().st_uid == 0 and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    cluster = PostgresCluster(place, Path(found).parent)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()
