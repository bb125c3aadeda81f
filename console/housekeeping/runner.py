"""The thread of a serving process that does the housekeeping, if this process is the leader.

Every process of every machine has one. It counts its intervals on a clock that nobody sets, so that a step of the
system's clock neither hurries nor delays anything; what is due is the business of the jobs, which take it from the
database.
"""

import logging
from collections.abc import Iterable
from threading import Thread
from time import monotonic
from typing import Final

from django.db import close_old_connections, connection
from django.utils import timezone

from console.housekeeping.jobs import JOBS, Job
from console.housekeeping.leadership import Leadership, leadership
from console.housekeeping.stopping import stopping

logger = logging.getLogger("gatehouse.housekeeping")

LOOK_EVERY: Final = 2.0
"""Seconds between two looks: whether this process is the leader, and what is due. A dead leader is followed by then."""
RETRY_AFTER: Final = 60.0
"""Seconds after which a job that failed is tried again, if its interval is not shorter."""
END_WITHIN: Final = 3.0
"""Seconds that a job has to finish its piece of work at SIGTERM. Jobs survive being ended anywhere."""


class Housekeeping:
    """One per process; started after the server has forked its workers."""

    def __init__(self, jobs: Iterable[Job] = JOBS) -> None:
        self._jobs = tuple(jobs)
        self._due = dict.fromkeys(self._jobs, float("-inf"))
        self._leading = False
        self._thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._run, name="gatehouse-housekeeping", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End at once, or, in the middle of a piece of work, soon."""
        stopping.set()
        if self._thread is not None:
            self._thread.join(END_WITHIN)

    def _run(self) -> None:
        lock = leadership()
        try:
            while not stopping.is_set():
                if self._leads(lock):
                    self.run_what_is_due()
                stopping.wait(LOOK_EVERY)
        finally:
            connection.close()
            lock.give_up()

    def _leads(self, lock: Leadership) -> bool:
        try:
            leads = lock.held()
        except Exception as error:  # noqa: BLE001 - of whichever database; the thread outlives them all
            if self._leading:
                logger.warning("The housekeeping lock is lost (%s).", type(error).__name__)
            leads = False
        if leads and not self._leading:
            logger.info("This process does the housekeeping.")
            self._due = dict.fromkeys(self._jobs, float("-inf"))
        self._leading = leads
        return leads

    def run_what_is_due(self) -> None:
        for job in self._jobs:
            if stopping.is_set():
                return
            if monotonic() >= self._due[job]:
                close_old_connections()
                succeeded = run(job) is not None
                if not succeeded:
                    connection.close()
                self._due[job] = monotonic() + (job.every if succeeded else min(job.every, RETRY_AFTER))


def run(job: Job) -> int | None:
    """How many things the job did; None, and a line in the log, if it failed."""
    try:
        return job.work(now=timezone.now())
    except Exception:
        logger.exception("Housekeeping: “%s” failed; it is tried again.", job.name)
        return None
