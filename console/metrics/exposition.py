"""The metrics by name, in Prometheus' text format. Every one of them is in docs/metrics.md."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import CollectorRegistry

from console.metrics.published import ProcessState
from console.metrics.tally import BUCKETS

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

GAUGES: Final = {
    "snapshot_keys": "API keys that the process remembers.",
    "snapshot_teams": "Teams that the process remembers, with their networks and subscriptions.",
    "snapshot_unknown_keys": "IDs that the process remembers not to be those of keys.",
    "snapshot_fresh": "1 if the process may decide by what it remembers; 0 if it has to ask the database.",
    "snapshot_age_seconds": "How long ago what the process remembers was last known to be fresh; 0 while it is.",
    "watcher_lag_seconds": "How long the last look for changes took, at whose end they counted (0 on SQLite).",
    "usage_flush_lag_seconds": "How long ago the process last had nothing left to write of what it counts.",
    "rate_limits_shared": "1 if rate limits are counted together with the other processes; 0 if their storage fails.",
}
"""Of each process that runs, without their prefix."""


class Collected:
    """A collector, as `prometheus_client` calls it, of what the processes have published."""

    def __init__(self, states: Iterable[ProcessState]) -> None:
        self._states = list(states)

    def collect(self) -> Iterator[Metric]:
        yield from self._decisions()
        running = [state for state in self._states if state.is_running]
        processes = GaugeMetricFamily("gatehouse_processes", "Processes that serve.")
        processes.add_metric([], len(running))
        yield processes
        for name, told in GAUGES.items():
            gauge = GaugeMetricFamily(f"gatehouse_{name}", told, labels=["process"])
            for state in running:
                gauge.add_metric([state.process], state.gauges.get(name, 0))
            yield gauge
        queue = GaugeMetricFamily(
            "gatehouse_queue_length",
            "How much waits in the process, by what it waits for.",
            labels=["process", "queue"],
        )
        for state in running:
            for name, length in state.gauges.items():
                if name.startswith("queue:"):
                    queue.add_metric([state.process, name.removeprefix("queue:")], length)
        yield queue

    def _decisions(self) -> Iterator[Metric]:
        """Of every process there was: a counter does not fall when one of them ends."""
        by_code: Counter[str] = Counter()
        by_time = [0] * (len(BUCKETS) + 1)
        for state in self._states:
            by_code.update(state.by_code)
            by_time = [one + other for one, other in zip(by_time, state.by_time, strict=True)]
        decisions = CounterMetricFamily(
            "gatehouse_decisions", "Decisions of the gate, by the code of the answer.", labels=["code"]
        )
        for code, number in sorted(by_code.items()):
            decisions.add_metric([code], number)
        yield decisions
        total, buckets = 0, []
        for bound, number in zip((*map(str, BUCKETS), "+Inf"), by_time, strict=True):
            total += number
            buckets.append((bound, total))
        seconds = HistogramMetricFamily("gatehouse_decision_seconds", "How long a decision took.")
        seconds.add_metric([], buckets, sum(state.seconds for state in self._states))
        yield seconds


def exposition(states: Iterable[ProcessState]) -> bytes:
    registry = CollectorRegistry()
    registry.register(Collected(states))
    return generate_latest(registry)
