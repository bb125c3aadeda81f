"""wrk, the load generator, on a core of its own."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import LOAD_CORE, NotHere, Process

CONNECTIONS = 16
KEYS_SCRIPT = Path(__file__).with_name("keys.lua")


@dataclass(frozen=True)
class Load:
    """What one run against one server gave. `cpu` is the server's time for one request, in microseconds."""

    requests_per_second: float
    cpu: float


def require_wrk() -> None:
    """Raises `NotHere`."""
    if not shutil.which("wrk"):
        raise NotHere("there is no wrk here (Debian: apt-get install wrk)")


def wrk(
    processes: Sequence[Process],
    path: str,
    headers: Mapping[str, str],
    *,
    seconds: float,
    keys: Sequence[str] = (),
    connections: int = CONNECTIONS,
) -> Load:
    """Requests as fast as the first of the processes answers them, with what the others do for it charged to it.

    With `keys`, each in turn is the bearer token.

    Raises `RuntimeError` when any answer is not a success: a server that refuses quickly must not look fast.
    """
    command = [
        "taskset",
        "-c",
        str(LOAD_CORE),
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "60s",
    ]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command.append(f"http://127.0.0.1:{processes[0].port}{path}")
    if keys:
        command += ["-s", str(KEYS_SCRIPT), "--", *keys]
    before = sum(process.cpu_seconds() for process in processes)
    output = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=KEYS_SCRIPT.parent, timeout=seconds + 60
    ).stdout
    spent = sum(process.cpu_seconds() for process in processes) - before
    failed = re.search(r"Non-2xx or 3xx responses: \d+|Socket errors: .*", output)
    total, rate = re.search(r"(\d+) requests in", output), re.search(r"Requests/sec:\s*([\d.]+)", output)
    if failed or not total or not rate or not int(total[1]):
        raise RuntimeError(f"{path}: {failed[0] if failed else 'no answers'}; log: {processes[0].log}")
    return Load(float(rate[1]), spent / int(total[1]) * 1e6)
