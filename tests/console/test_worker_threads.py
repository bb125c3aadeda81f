"""The way from the event loop to a thread and back."""

import asyncio
from collections.abc import Iterator
from threading import Event, current_thread

import pytest

from console.worker_threads import WorkerThreads


@pytest.fixture
def threads() -> Iterator[WorkerThreads]:
    threads = WorkerThreads(2, name="worker")
    yield threads
    threads.close()


def test_work_is_done_in_a_thread_and_its_result_comes_back(threads: WorkerThreads) -> None:
    async def scenario() -> tuple[int, str]:
        return await threads.run(pow, 2, 10), await threads.run(lambda: current_thread().name)

    result, name = asyncio.run(scenario())
    assert result == 1024
    assert name.startswith("worker_")


def test_what_the_work_raises_is_raised_to_whoever_waits_and_the_thread_lives_on(threads: WorkerThreads) -> None:
    async def scenario() -> list[int]:
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await threads.run(divmod, 1, 0)
        return [await threads.run(abs, -number) for number in range(5)]

    assert asyncio.run(scenario()) == [0, 1, 2, 3, 4]


def test_two_threads_work_side_by_side_and_further_work_waits_its_turn(threads: WorkerThreads) -> None:
    first, second = Event(), Event()

    def meet(mine: Event, other: Event) -> bool:
        mine.set()
        return other.wait(10)

    async def scenario() -> list[bool]:
        return list(
            await asyncio.gather(
                threads.run(meet, first, second), threads.run(meet, second, first), threads.run(lambda: True)
            )
        )

    assert asyncio.run(scenario()) == [True, True, True]


def test_work_that_nobody_waits_for_any_more_is_not_begun(threads: WorkerThreads) -> None:
    begun: list[str] = []
    release = Event()

    async def scenario() -> None:
        busy = [threads.run(release.wait, 10) for _ in range(2)]
        unwanted, wanted = threads.run(begun.append, "unwanted"), threads.run(begun.append, "wanted")
        unwanted.cancel()
        release.set()
        await asyncio.gather(*busy, wanted)

    asyncio.run(scenario())
    assert begun == ["wanted"]


def test_closing_waits_for_what_was_asked_for() -> None:
    threads = WorkerThreads(1, name="worker")
    done: list[int] = []

    async def scenario() -> None:
        for number in range(20):
            threads.run(done.append, number)
        await asyncio.to_thread(threads.close)

    asyncio.run(scenario())
    assert done == list(range(20))
