"""Requests per second of every contender: all started first, then measured in turn, round after round."""

from contextlib import ExitStack
from pathlib import Path

from benchmarks.contenders import Ring, Start, better_auth, drf_api_key, gatehouse, ground, nginx
from benchmarks.contenders.better_auth import VERIFY
from benchmarks.contenders.drf_api_key import DEFAULTS, PERSISTENT
from benchmarks.contenders.gatehouse import AUTHZ, PROTECTED, UNPROTECTED
from benchmarks.contenders.ground import BARE, BAREST, HELLO
from benchmarks.contenders.nginx import ALONE, AUTH_REQUEST, STATIC_MAP
from benchmarks.loadgen import Load, wrk
from benchmarks.processes import NotHere
from benchmarks.report import Figure, ratios

STARTS: dict[str, Start] = {
    "gatehouse": gatehouse.start,
    "ASGI hello-world": ground.hello,
    "bare Django": ground.bare_django,
    "nginx": nginx.start,
    "DRF API key on SQLite": drf_api_key.on_sqlite,
    "DRF API key on PostgreSQL": drf_api_key.on_postgresql,
    "better-auth": better_auth.start,
}

RATIOS: tuple[tuple[str, str, float | None], ...] = (
    (PROTECTED, UNPROTECTED, 0.93),
    (AUTHZ, HELLO, 0.50),
    (AUTHZ, BARE, 4),
    (AUTHZ, BAREST, None),
    (AUTHZ, STATIC_MAP, 0.30),
    (AUTH_REQUEST, ALONE, None),
    (PROTECTED, f"{DEFAULTS} (SQLite)", 10),
    (PROTECTED, f"{PERSISTENT} (SQLite)", 4),
    (PROTECTED, f"{DEFAULTS} (SQLite, gunicorn)", 10),
    (PROTECTED, f"{PERSISTENT} (SQLite, gunicorn)", 4),
    (PROTECTED, f"{DEFAULTS} (PostgreSQL)", 10),
    (PROTECTED, f"{PERSISTENT} (PostgreSQL)", 4),
    (AUTHZ, f"{DEFAULTS} (SQLite)", 25),
    (AUTHZ, f"{DEFAULTS} (PostgreSQL)", 25),
    (AUTHZ, VERIFY, 50),
)


def measure(directory: Path, *, rounds: int, seconds: float) -> tuple[list[Figure], dict[str, str]]:
    """The figures, and whom it had to skip and why."""
    with ExitStack() as stack:
        ring = Ring(directory, stack)
        for name, start in STARTS.items():
            try:
                start(ring)
            except NotHere as reason:
                ring.skipped[name] = str(reason)
        for contender in ring.started.values():
            contender.ask()
            wrk([contender.process], contender.path, contender.headers, seconds=1)
        loads: dict[str, list[Load]] = {name: [] for name in ring.started}
        for _ in range(rounds):
            for name, contender in ring.started.items():
                processes = [contender.process, *contender.behind]
                loads[name].append(wrk(processes, contender.path, contender.headers, seconds=seconds))
    rates = {name: [load.requests_per_second for load in runs] for name, runs in loads.items()}
    costs = {name: [load.cpu for load in runs] for name, runs in loads.items()}
    return [
        *(Figure.of("Requests per second", name, runs) for name, runs in rates.items()),
        *(Figure.of("Processor time for one request", name, runs, unit="µs") for name, runs in costs.items()),
        *_compared("Compared by requests per second", rates),
        *_compared_by_cost("Compared by processor time", costs),
    ], ring.skipped


def _compared(subject: str, rates: dict[str, list[float]]) -> list[Figure]:
    return [
        Figure.of(subject, f"{over} / {under}", ratios(rates[over], rates[under]), at_least=at_least)
        for over, under, at_least in RATIOS
        if over in rates and under in rates
    ]


def _compared_by_cost(subject: str, costs: dict[str, list[float]]) -> list[Figure]:
    """How many requests of the one the processor time for a request of the other is enough for.

    Other programs on the machine disturb it less. What a database server spends is not in it, so it flatters whoever
    has one.
    """
    return [
        Figure.of(subject, f"{over} / {under}", ratios(costs[under], costs[over]))
        for over, under, _ in RATIOS
        if over in costs and under in costs
    ]
