"""What each process has counted, in a small file of its own beside the database: whoever is asked adds them up.

So the answer is the same whichever process gives it, and what a process has counted that has ended still counts.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, time
from typing import Final

from django.conf import settings

from console.enforcement.gate import gate, usage
from console.metrics.tally import tally

logger = logging.getLogger("gatehouse.metrics")

INTERVAL: Final = 2.0
"""Seconds between two looks at what a process has counted."""
RUNNING_WITHIN: Final = 10.0
"""Seconds after its last word for which a process counts as running."""

Gauges = dict[str, float]


@dataclass(frozen=True, slots=True)
class ProcessState:
    """Counts since the process started, and how things are with it at `at` (seconds since the epoch)."""

    process: str
    at: float
    by_code: Mapping[str, int]
    by_time: list[int]
    seconds: float
    gauges: Gauges

    @property
    def is_running(self) -> bool:
        return time() - self.at < RUNNING_WITHIN


def directory() -> Path:
    """Of this server: another one on the same data directory has another port."""
    return Path(settings.GATEHOUSE_DATA_DIR) / f"metrics-{settings.GATEHOUSE_PORT}"


def start_anew() -> None:
    """Forget the processes of an earlier run. For the server, before it has any."""
    directory().mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in directory().glob("*.json"):
        file.unlink(missing_ok=True)


def states() -> Iterator[ProcessState]:
    """Of every process of this server since it started."""
    for file in sorted(directory().glob("*.json")):
        try:
            yield ProcessState(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            logger.warning("What a process has counted cannot be read (%s).", file.name)


class Publisher:
    """One per process. `queues` tells how much waits in each."""

    def __init__(self, queues: Mapping[str, Callable[[], int]]) -> None:
        self._queues = queues
        self._process = f"{os.getpid()}-{time():.0f}"
        self._writing = Lock()
        self._stop = Event()
        self._thread: Thread | None = None
        self._failing = False

    def start(self) -> None:
        self._thread = Thread(target=self._run, name="gatehouse-metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        self.publish()
        while not self._stop.wait(INTERVAL):
            self.publish()
        self.publish()

    def publish(self) -> None:
        """Write the file, whole or not at all. What cannot be written now is in the next one."""
        with self._writing:
            tally().add_up()
            state = ProcessState(
                self._process, time(), dict(tally().by_code), tally().by_time, tally().seconds, self._gauges()
            )
            file = directory() / f"{self._process}.json"
            try:
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                new = file.with_suffix(".new")
                new.write_text(json.dumps(asdict(state)))
                new.replace(file)
            except OSError as error:
                if not self._failing:
                    logger.warning("Metrics cannot be written (%s); they are tried again.", type(error).__name__)
                self._failing = True
            else:
                self._failing = False

    def _gauges(self) -> Gauges:
        engine, now = gate(), monotonic()
        memory, watch, counted = engine.memory, engine.watch, usage()
        vouches = watch.vouches()
        gauges = {
            "snapshot_keys": len(memory.keys),
            "snapshot_teams": len(memory.teams),
            "snapshot_unknown_keys": len(memory.unknown),
            "snapshot_fresh": int(vouches),
            "snapshot_age_seconds": max(0.0, min(now - watch.vouched_at, 1e9)) if not vouches else 0.0,
            "watcher_lag_seconds": watch.lag,
            "usage_flush_lag_seconds": max(0.0, now - counted.flushed_at),
            "rate_limits_shared": int(engine.rates.shared),
        }
        waiting = {**{name: number() for name, number in self._queues.items()}, **counted.waiting}
        return gauges | {f"queue:{name}": number for name, number in waiting.items()}
