"""A fixed number of threads for work that may block, and the shortest way from the event loop to one of them and back.

`loop.run_in_executor` does the same by way of two kinds of futures, with a lock and a chain of callbacks for each call:
twice the time that this takes. A request for Django pays it once.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")

Job = tuple[Callable[..., Any], tuple[Any, ...], "asyncio.Future[Any]", asyncio.AbstractEventLoop]


class WorkerThreads:
    """The threads start with the first work, after the server has forked its processes."""

    def __init__(self, threads: int, *, name: str) -> None:
        self._number, self._name = threads, name
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._starting = Lock()

    def run(self, function: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
        """Call the function in one of the threads; what it returns or raises is what awaiting the future does.

        For the event loop only. Cancelling the future keeps a call from beginning, and does not end one that has begun.
        """
        if not self._threads:
            self._start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((function, arguments, future, loop))
        return future

    def close(self) -> None:
        """Wait until everything asked for is done, and end the threads."""
        with self._starting:
            for _ in self._threads:
                self._jobs.put(None)
            for thread in self._threads:
                thread.join()
            self._threads = []

    def _start(self) -> None:
        with self._starting:
            while len(self._threads) < self._number:
                thread = Thread(target=self._work, name=f"{self._name}_{len(self._threads)}", daemon=True)
                thread.start()
                self._threads.append(thread)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, arguments, future, loop = job
            if future.cancelled():
                continue
            try:
                result = function(*arguments)
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever awaits the future
                _tell(loop, _fail, future, error)
            else:
                _tell(loop, _succeed, future, result)
            # While the thread waits for its next job, it must not keep the last one's request and answer alive.
            del job, function, arguments, future


def _tell(loop: asyncio.AbstractEventLoop, how: Callable[..., None], *what: Any) -> None:
    with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
        loop.call_soon_threadsafe(how, *what)


def _succeed(future: "asyncio.Future[T]", result: T) -> None:
    if not future.cancelled():
        future.set_result(result)


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if not future.cancelled():
        future.set_exception(error)
