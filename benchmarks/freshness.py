"""Revokes under load: how long until the first refusal, and how many requests are let through that should not be."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from subprocess import DEVNULL, Popen
from threading import Event, Thread
from time import monotonic
from uuid import uuid4

from benchmarks import postgres
from benchmarks.applications import REVOKE_PATH
from benchmarks.installation import Installation, bearer
from benchmarks.processes import CORES, LOAD_CORE, NotHere, Process
from benchmarks.report import Figure, percentile

APPLICATION = "benchmarks.applications.revoking:application"
CONNECTIONS = 4
"""To each server, kept: they lie on different processes of it."""
ENOUGH_REFUSALS = 5
GIVE_UP_AFTER = 5.0
BACKGROUND_CONNECTIONS = 2


@dataclass
class Probe:
    """One client that sends requests with one key over one connection until it has been refused often enough."""

    port: int
    key: str
    let_through: list[float] = field(default_factory=list)
    """When requests began that were let through."""
    refused: list[float] = field(default_factory=list)
    """When refusals arrived."""
    warm: Event = field(default_factory=Event)

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers, deadline = bearer(self.key), monotonic() + GIVE_UP_AFTER
        while len(self.refused) < ENOUGH_REFUSALS and monotonic() < deadline:
            began = monotonic()
            connection.request("GET", "/authz", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 204:
                self.let_through.append(began)
                self.warm.set()
            elif answer.status == 401:
                self.refused.append(monotonic())
            else:
                raise RuntimeError(f"/authz answered {answer.status}")
        connection.close()


@dataclass(frozen=True)
class Revoke:
    lag: float
    """Seconds from the response to the revoke until the last of the probes got its first refusal."""
    wrongly: int
    """Requests that began after the response and were let through."""


def measure(directory: Path, *, revokes: int) -> tuple[list[Figure], dict[str, str]]:
    figures, skipped = _on_sqlite(directory / "fresh-1", revokes, workers=1), {}
    figures += _on_sqlite(directory / "fresh-2", revokes, workers=2)
    try:
        figures += _on_postgresql(directory, revokes)
    except NotHere as reason:
        skipped["freshness on PostgreSQL"] = str(reason)
    return figures, skipped


def _on_sqlite(folder: Path, revokes: int, *, workers: int) -> list[Figure]:
    folder.mkdir()
    installation = Installation(folder).seed(keys=revokes + 1, usable=revokes + 1)
    with installation.serve(APPLICATION, workers=workers, cores=CORES) as server:
        done = _revoke_all([server], installation.keys)
    name = "one process, SQLite" if workers == 1 else f"{workers} processes, SQLite"
    return _figures(name, done, most_wrongly=0)


def _on_postgresql(directory: Path, revokes: int) -> list[Figure]:
    """Two servers of two processes each, as on two machines: nothing shared but the database and the peppers."""
    if reason := postgres.missing():
        raise NotHere(reason)
    with ExitStack() as stack:
        url = stack.enter_context(postgres.database(f"gatehouse_bench_{uuid4().hex[:8]}"))
        installations = []
        for number in (1, 2):
            folder = directory / f"fresh-postgresql-{number}"
            folder.mkdir()
            installations.append(Installation(folder, url))
        installations[0].seed(keys=revokes + 1, usable=revokes + 1)
        servers = [
            stack.enter_context(installation.serve(APPLICATION, workers=2, cores=CORES))
            for installation in installations
        ]
        done = _revoke_all(servers, installations[0].keys)
    return _figures("2 servers of 2 processes, PostgreSQL", done, most_lag=250)


def _revoke_all(servers: Sequence[Process], keys: Sequence[str]) -> list[Revoke]:
    """One after the other, the first key being that of the load that goes on meanwhile."""
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{BACKGROUND_CONNECTIONS}", "-d600s"]
    command += ["-H", f"Authorization: Bearer {keys[0]}"]
    with ExitStack() as stack:
        for server in servers:
            load = Popen([*command, f"http://127.0.0.1:{server.port}/authz"], stdout=DEVNULL, stderr=DEVNULL)
            stack.callback(load.wait)
            stack.callback(load.terminate)
        return [_revoke(servers, key) for key in keys[1:]]


def _revoke(servers: Sequence[Process], key: str) -> Revoke:
    probes = [Probe(server.port, key) for server in servers for _ in range(CONNECTIONS)]
    threads = [Thread(target=probe.run) for probe in probes]
    for thread in threads:
        thread.start()
    for probe in probes:
        if not probe.warm.wait(GIVE_UP_AFTER):
            raise RuntimeError("a good key was not let through")
    revoker = HTTPConnection("127.0.0.1", servers[0].port, timeout=30)
    revoker.request("POST", REVOKE_PATH + key.split("_")[1])
    answer = revoker.getresponse()
    answered = monotonic()
    revoker.close()
    if answer.status != 204:
        raise RuntimeError(f"the revoke was answered with {answer.status}")
    for thread in threads:
        thread.join()
    if not all(probe.refused for probe in probes):
        raise RuntimeError(f"a revoked key was still let through after {GIVE_UP_AFTER:g} s")
    return Revoke(
        lag=max(0.0, *(probe.refused[0] - answered for probe in probes)),
        wrongly=sum(began > answered for probe in probes for began in probe.let_through),
    )


def _figures(
    where: str, done: Sequence[Revoke], *, most_wrongly: float | None = None, most_lag: float | None = None
) -> list[Figure]:
    subject, lags = f"Freshness, {len(done)} revokes under load", [1000 * revoke.lag for revoke in done]
    wrongly = sum(revoke.wrongly for revoke in done)
    return [
        Figure(subject, f"wrongly let through, {where}", wrongly, wrongly, wrongly, at_most=most_wrongly),
        Figure(
            subject,
            f"lag to the first refusal, p99, {where}",
            percentile(lags, 99),
            percentile(lags, 50),
            max(lags),
            "ms",
            at_most=most_lag,
        ),
    ]
