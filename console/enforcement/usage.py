"""Counting what the gate decided without a write per request.

What is to be known of a decision is appended to a queue, which is all that a request pays. A background thread adds the
queues up every few seconds and writes the sums in one transaction. A crash loses the last few seconds of statistics,
nothing else.
"""

import logging
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from threading import Event, Lock, Thread
from time import monotonic, time
from typing import Final

from django.db import Error, connection, transaction
from django.utils import timezone

from console.enforcement import places, refused
from console.enforcement.decision import Decision, KeyPolicy
from console.enforcement.origin import NO_ORIGIN, Origin
from console.enforcement.places import Place, Places
from console.enforcement.refused import QueuedRefusal, RefusedSums

logger = logging.getLogger("gatehouse.usage")

INTERVAL: Final = 2.0
"""Seconds between two flushes of a process."""
LONGEST_QUEUE: Final = 200_000
"""Uses that wait to be added up, and refusals; further ones are not counted."""
PRUNE_AFTER: Final = 500
"""Refusals written by a process after which it looks for teams that have more of them than are kept."""

_KEY_AND_ADDRESS: Final = itemgetter(1, 2)


@dataclass(slots=True)
class Use:
    requests: int = 0
    last_from: str = ""


@dataclass(slots=True)
class Sums:
    """What is to be written: uses by key, by place, by team and dataset; and refusals."""

    uses: dict[str, Use] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    refusals: RefusedSums = field(default_factory=RefusedSums)
    datasets: Counter[tuple[int, str]] = field(default_factory=Counter)

    def add_uses(self, uses: list[Place]) -> None:
        """In the order of the requests."""
        last_from = dict(map(_KEY_AND_ADDRESS, uses))
        counted = Counter(uses)
        for (_, key_id, _), requests in counted.items():
            use = self.uses.setdefault(key_id, Use())
            use.requests += requests
            use.last_from = last_from[key_id]
        self.places.add(counted.items())

    def __bool__(self) -> bool:
        return bool(self.uses or self.refusals or self.datasets)


class UsageCounter:
    """One per process. `record` is for any thread; the rest belongs to the flushing thread."""

    def __init__(self) -> None:
        self._uses: deque[Place] = deque()
        self._refusals: deque[tuple[KeyPolicy, QueuedRefusal]] = deque()
        self._dataset_uses: deque[tuple[int, str]] = deque()
        self._sums = Sums()
        self._flushing = Lock()
        self._stop = Event()
        self._thread: Thread | None = None
        self._unpruned = 0
        self.failing = False
        self.flushed_at = monotonic()

    @property
    def waiting(self) -> dict[str, int]:
        """How much waits to be added up, by what it is."""
        return {"uses": len(self._uses), "refusals": len(self._refusals), "dataset_uses": len(self._dataset_uses)}

    def record(self, decision: Decision, request_id: str, origin: Origin = NO_ORIGIN) -> None:
        """Count a decision about a key whose secret was right; others have no team to be counted for."""
        key = decision.key
        if key is None:
            return
        if decision.code is not None:
            if len(self._refusals) < LONGEST_QUEUE:
                self._refusals.append((key, QueuedRefusal(decision, request_id, time(), origin)))
        elif len(self._uses) < LONGEST_QUEUE:
            self._uses.append((key.team_id, key.id, decision.address.text if decision.address else ""))
            if decision.observed and len(self._refusals) < LONGEST_QUEUE:
                self._refusals.append((key, QueuedRefusal(decision, request_id, time(), origin)))
            if decision.need is not None and decision.need.dataset:
                self._dataset_uses.append((key.team_id, decision.need.dataset))

    def start(self) -> None:
        self._thread = Thread(target=self._run, name="gatehouse-usage", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Flush what is there and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.flush()
        connection.close()

    def flush(self) -> None:
        """Write everything counted so far. What cannot be written now is kept, and written with the next flush."""
        with self._flushing:
            self._sums.add_uses([self._uses.popleft() for _ in range(len(self._uses))])
            self._sums.datasets.update(self._dataset_uses.popleft() for _ in range(len(self._dataset_uses)))
            for _ in range(len(self._refusals)):
                self._sums.refusals.add(*self._refusals.popleft())
            if not self._sums:
                self.flushed_at = monotonic()
                return
            try:
                write(self._sums, timezone.now())
            except Error as error:
                if not self.failing:
                    logger.warning("Usage cannot be written (%s); it is kept and tried again.", type(error).__name__)
                self.failing = True
                connection.close()
                return
            written, self._sums = self._sums, Sums()
            self.flushed_at = monotonic()
            self.failing = False
            self._prune(written)

    def _prune(self, written: Sums) -> None:
        """Keep what a flood of refusals leaves behind within its bounds; what fails now is made up for next time."""
        self._unpruned += len(written.refusals.rows) + len(written.refusals.requests)
        if self._unpruned < PRUNE_AFTER:
            return
        self._unpruned = 0
        try:
            for team_id in {name[0] for name in written.refusals.rows}:
                refused.prune_team(team_id)
        except Error as error:
            logger.warning("Old refusals cannot be removed now (%s).", type(error).__name__)
            connection.close()


@transaction.atomic
def write(sums: Sums, now: datetime) -> None:
    """Add sums to the tables. In the order of keys, so that two processes never wait for each other in a circle."""
    moment = _adapted(now)
    hour = _adapted(now.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
    uses = sorted(sums.uses.items())
    with connection.cursor() as cursor:
        if uses:
            cursor.executemany(
                """INSERT INTO apikeys_keyusage (key_id, last_used_at, last_used_from, requests)
                   VALUES (%s, %s, %s, %s) ON CONFLICT (key_id) DO UPDATE SET
                   last_used_at = excluded.last_used_at, last_used_from = excluded.last_used_from,
                   requests = apikeys_keyusage.requests + excluded.requests""",
                [(key_id, moment, use.last_from, use.requests) for key_id, use in uses],
            )
            cursor.executemany(
                """INSERT INTO apikeys_keyhour (key_id, hour, requests)
                   VALUES (%s, %s, %s) ON CONFLICT (key_id, hour) DO UPDATE SET
                   requests = apikeys_keyhour.requests + excluded.requests""",
                [(key_id, hour, use.requests) for key_id, use in uses],
            )
            places.write(cursor, sums.places, day=now.astimezone(UTC).date(), moment=moment)
        if sums.datasets:
            cursor.executemany(
                """INSERT INTO console_datasetday (team_id, dataset_id, day, requests)
                   VALUES (%s, %s, %s, %s) ON CONFLICT (team_id, dataset_id, day) DO UPDATE SET
                   requests = console_datasetday.requests + excluded.requests""",
                [(*name, now.astimezone(UTC).date(), requests) for name, requests in sorted(sums.datasets.items())],
            )
        if sums.refusals:
            refused.write(cursor, sums.refusals, _adapted)


def _adapted(moment: datetime) -> str | datetime:
    """As the database's driver takes it: the statements above are not Django's."""
    adapted: str | datetime = connection.ops.adapt_datetimefield_value(moment)  # type: ignore[assignment]
    return adapted
