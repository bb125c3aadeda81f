"""What the figures were measured on, in general terms: nothing that names the machine."""

import os
import platform
import sqlite3
from pathlib import Path

from benchmarks.processes import CORES


def machine() -> dict[str, object]:
    return {
        "cores": len(CORES),
        "processor": _after("/proc/cpuinfo", "model name"),
        "system": _after("/etc/os-release", "PRETTY_NAME"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load_before": round(os.getloadavg()[0], 2),
    }


def _after(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    found = next((line for line in lines if line.startswith(name)), "")
    return found.replace("\t", "").removeprefix(name).lstrip(":= ").strip('"')
