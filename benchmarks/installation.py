"""A Gatehouse to measure: a data directory of its own, filled straight through the database, and its server."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.processes import SERVER_CORE, Process, free_port, python, run, serve

PEPPERS = "1:Z2F0ZWhvdXNlIGJlbmNobWFya3MsIG5vIHNlY3JldC4="
"""Known, so that several machines' servers can share a database."""


@dataclass
class Installation:
    directory: Path
    database_url: str = ""
    seeded: dict[str, Any] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        given = {
            "DJANGO_SETTINGS_MODULE": "console.settings",
            "GATEHOUSE_DATA_DIR": str(self.directory),
            "GATEHOUSE_KEY_PEPPERS": PEPPERS,
        }
        return given | ({"GATEHOUSE_DATABASE_URL": self.database_url} if self.database_url else {})

    def inside(self, job: str, *arguments: object) -> dict[str, Any]:
        """Run a job of `benchmarks.inside` in a process of its own on the servers' core."""
        command = ["taskset", "-c", str(SERVER_CORE), *python("-m", "benchmarks.inside", job, *map(str, arguments))]
        answer: dict[str, Any] = json.loads(run(command, environment=self.environment(), seconds=900).splitlines()[-1])
        return answer

    def seed(self, *, keys: int = 1, networks: int = 1, usable: int = 1) -> "Installation":
        """Migrate, and insert a team with so many keys and networks; `usable` of the keys are handed out."""
        self.seeded = self.inside("seed", keys, networks, usable)
        return self

    @property
    def keys(self) -> list[str]:
        return list(self.seeded["keys"])

    def serve(
        self,
        application: str = "console.asgi:application",
        *,
        workers: int = 1,
        cores: Sequence[int] = (SERVER_CORE,),
    ) -> Process:
        port = free_port()
        command = python("-m", "benchmarks.serve", application, str(port), str(workers))
        return serve(command, port, environment=self.environment() | {"GATEHOUSE_PORT": str(port)}, cores=cores)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
