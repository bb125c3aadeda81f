"""Who is measured. Each module starts its contenders; one that cannot run here raises `NotHere` and is skipped."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.processes import Process

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "gatehouse-bench"
"""Where peers are installed: never in the project, nor in its lock files."""


@dataclass(frozen=True)
class Contender:
    """A running server and the request to send it. `behind` are processes that work for it."""

    name: str
    process: Process
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    behind: tuple[Process, ...] = ()

    def ask(self, each: Iterable[Mapping[str, str]] = ()) -> bytes:
        """The body of one answer, or of the last of several, each with more headers. Raises `RuntimeError`.

        The first answer is slow, since views are imported with it, and so is the first one of each key.
        """
        connection, body = HTTPConnection("127.0.0.1", self.process.port, timeout=60), b""
        for more in list(each) or [{}]:
            connection.request("GET", self.path, headers={**self.headers, **more})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status not in {200, 204}:
                raise RuntimeError(f"{self.name} answers {answer.status}; log: {self.process.log}")
        connection.close()
        return body


@dataclass
class Ring:
    """What contenders share: a directory for their files, and the end of the benchmark, which ends their servers."""

    directory: Path
    stack: ExitStack
    started: dict[str, Contender] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def enter(self, contender: Contender) -> None:
        self.started[contender.name] = contender

    def folder(self, name: str) -> Path:
        made = self.directory / name
        made.mkdir()
        return made


Start = Callable[[Ring], None]
