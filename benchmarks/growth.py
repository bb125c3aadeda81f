"""The number of keys and networks in the database does not change what a decision costs."""

from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.installation import Installation, bearer
from benchmarks.loadgen import wrk
from benchmarks.report import Figure, ratios

SIZES = ((1, 1), (1_000, 1_000), (1_000_000, 100_000))
QUICK_SIZES = ((1, 1), (1_000, 1_000), (20_000, 10_000))
MOST_CACHED, QUICK_MOST_CACHED = 4_000, 2_200
"""Keys that are really used of those in the database."""
SUBJECT = "Growth"


def measure(directory: Path, *, rounds: int, seconds: float, quick: bool) -> list[Figure]:
    sizes, most_cached = (QUICK_SIZES, QUICK_MOST_CACHED) if quick else (SIZES, MOST_CACHED)
    names = [f"{keys:,} key{'s'[: keys > 1]}, {networks:,} network{'s'[: networks > 1]}" for keys, networks in sizes]
    installations = []
    for number, (keys, networks) in enumerate(sizes):
        folder = directory / f"growth-{number}"
        folder.mkdir()
        installations.append(Installation(folder).seed(keys=keys, networks=networks, usable=min(keys, most_cached)))
    answers: list[list[dict[str, Any]]] = [[] for _ in sizes]
    rates: list[list[float]] = [[] for _ in sizes]
    with ExitStack() as stack:
        servers = [stack.enter_context(installation.serve()) for installation in installations]
        for installation, server in zip(installations, servers, strict=True):
            Contender("/authz", server, "/authz").ask(map(bearer, installation.keys))
        for _ in range(rounds):
            for number, (installation, server) in enumerate(zip(installations, servers, strict=True)):
                answers[number].append(installation.inside("decide"))
                load = wrk([server], "/authz", {}, seconds=seconds, keys=installation.keys)
                rates[number].append(load.requests_per_second)
    return [*_figures(names, answers, rates), *_last_against_first(answers, rates)]


def _figures(names: list[str], answers: list[list[dict[str, Any]]], rates: list[list[float]]) -> list[Figure]:
    figures = [
        Figure.of(SUBJECT, f"decide(), {name}", [median(run["decide_ns"]) for run in runs], unit="ns")
        for name, runs in zip(names, answers, strict=True)
    ]
    figures += [
        Figure.of(SUBJECT, f"/authz, {name}", measured, unit="/s") for name, measured in zip(names, rates, strict=True)
    ]
    for name, runs in zip(names, answers, strict=True):
        if runs[0]["first_decision_us"] is not None:
            firsts = [run["first_decision_us"] for run in runs]
            figures.append(Figure.of(SUBJECT, f"first request of a key, {name}", firsts, unit="µs"))
    sizes = [run["bytes_per_cached_key"] for run in answers[-1]]
    return [*figures, Figure.of(SUBJECT, "memory of a cached key", sizes, unit="bytes")]


def _last_against_first(answers: list[list[dict[str, Any]]], rates: list[list[float]]) -> list[Figure]:
    first, *_, last = [[min(run["decide_ns"]) for run in runs] for runs in answers]
    return [
        Figure.of(
            SUBJECT,
            "decide() with the freshness check, most keys, least of a round",
            [ns / 1000 for ns in last],
            unit="µs",
            at_most=6,
        ),
        Figure.of(SUBJECT, "decide(), most keys / one key", ratios(last, first), at_most=1.25),
        Figure.of(SUBJECT, "/authz, most keys / one key", ratios(rates[-1], rates[0])),
    ]
