"""Processes that the benchmarks start: on the core they are given, waited for, charged for their time, and ended."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
CORES = sorted(os.sched_getaffinity(0))
LOAD_CORE, SERVER_CORE = CORES[0], CORES[-1]
"""The load generator has a core of its own where the machine has two."""
START_WITHIN = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


class NotHere(Exception):
    """A contender cannot run on this machine. The message says why."""


@dataclass
class Process:
    """A server in a process group of its own."""

    popen: subprocess.Popen[bytes]
    port: int
    log: Path

    def cpu_seconds(self) -> float:
        """User and system time that the process and its live descendants have used."""
        return sum(_ticks(pid) for pid in _tree(self.popen.pid)) / TICKS

    def workers(self) -> list[int]:
        return _tree(self.popen.pid)[1:]

    def stop(self) -> None:
        """SIGTERM; SIGKILL for the group if that is not enough."""
        self.popen.terminate()
        try:
            self.popen.wait(25)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(
    command: Sequence[str | Path],
    port: int,
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path = ROOT,
    cores: Sequence[int] = (SERVER_CORE,),
) -> Process:
    """Start a server and wait until its port answers. Raises `NotHere` with the end of its log if it never does."""
    handle, log = tempfile.mkstemp(prefix="gatehouse-bench-", suffix=".log")
    with os.fdopen(handle, "wb") as output:
        popen = subprocess.Popen(
            [str(part) for part in command],
            cwd=directory,
            env=clean_environment() | dict(environment or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),  # noqa: PLW1509 - no thread has been started yet
        )
    process = Process(popen, port, Path(log))
    deadline = monotonic() + START_WITHIN
    while not _answers(port):
        if popen.poll() is not None or monotonic() > deadline:
            process.stop()
            raise NotHere(f"it did not start: {process.log.read_text(errors='replace')[-400:].strip()}")
        sleep(0.05)
    return process


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    directory: Path = ROOT,
    seconds: float = 600,
) -> str:
    """The standard output of a program that ends by itself. Raises `NotHere` with what it complained of."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=directory,
            env=clean_environment() | dict(environment or {}),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotHere(str(error)) from error
    if done.returncode:
        complaint = (done.stderr or done.stdout).strip().splitlines()
        raise NotHere(f"{Path(command[0]).name} failed: {complaint[-1] if complaint else done.returncode}")
    return done.stdout


def python(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, *arguments]


def clean_environment() -> dict[str, str]:
    """What this process was given, without settings of somebody's own Gatehouse."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "DJANGO_"))}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _tree(pid: int) -> list[int]:
    """The process and its descendants."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    return found


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
