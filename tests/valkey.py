"""A Valkey (or Redis) server of the tests' own: on a free port, with nothing kept, ended when told."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.server import free_port, wait_until

PROGRAM = shutil.which("valkey-server") or shutil.which("redis-server") or ""


def valkey_missing() -> str:
    return "" if PROGRAM else "neither valkey-server nor redis-server is installed"


@dataclass
class Valkey:
    directory: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [PROGRAM, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.directory)]
        self.process = subprocess.Popen([*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Valkey did not start")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None


@contextmanager
def valkey(directory: Path) -> Iterator[Valkey]:
    server = Valkey(directory)
    try:
        server.start()
        yield server
    finally:
        server.stop()
