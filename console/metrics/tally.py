"""Counting decisions and how long they took, for any thread and at no price to speak of: a request pays one append."""

from bisect import bisect_left
from collections import Counter, deque
from functools import cache
from typing import Final

from console.enforcement.decision import Code

BUCKETS: Final = (
    *(0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5),
    *(0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0),
)
"""Upper bounds in seconds. One more, without a bound, follows."""
LET_THROUGH: Final = "let_through"
LONGEST_QUEUE: Final = 200_000
"""Decisions that wait to be added up; the oldest of more than these are not counted."""


class Tally:
    """One per process. `decided` is for any thread; the rest belongs to the thread that publishes."""

    def __init__(self) -> None:
        self._decided: deque[tuple[Code | None, float]] = deque(maxlen=LONGEST_QUEUE)
        self.by_code: Counter[str] = Counter({LET_THROUGH: 0, **{code.value: 0 for code in Code}})
        self.by_time = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def decided(self, code: Code | None, seconds: float) -> None:
        self._decided.append((code, seconds))

    def add_up(self) -> None:
        """Everything counted until now."""
        decided = [self._decided.popleft() for _ in range(len(self._decided))]
        for code, number in Counter(code for code, _ in decided).items():
            self.by_code[LET_THROUGH if code is None else code.value] += number
        for _, seconds in decided:
            self.by_time[bisect_left(BUCKETS, seconds)] += 1
            self.seconds += seconds


@cache
def tally() -> Tally:
    return Tally()
