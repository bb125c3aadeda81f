"""Adding up what was refused, and writing it: by team, key, address and code, and the latest requests one by one.

Everything is bounded: the rows of a flush, the rows of a team in each table, and the networks that are written down
with a request.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from console.enforcement.decision import Code, Decision, KeyPolicy
from console.enforcement.origin import NO_ORIGIN, Origin
from ipsubnets.addresses import Address
from ipsubnets.models import as_key
from ipsubnets.ranges import AddressRanges

MOST_ROWS: Final = 5_000
"""Rows of refusals in one flush; further addresses are counted together, without the address."""
MOST_ROWS_OF_TEAM: Final = 500
"""The same for each team, for keys that work and for keys that do not: neither pushes the other out."""
MOST_REQUESTS: Final = 1_000
"""Requests of one flush that are written down one by one; of more, the latest."""
MOST_REQUESTS_OF_TEAM: Final = 200
"""The same for each team, so that one team's flood does not push out another's few."""
MOST_NETWORKS: Final = 20
"""Ranges of a team's list that are written down with a request: those nearest to its address."""
KEPT_ROWS: Final = 500
"""Of each team: the latest, for keys that work and as many for keys that do not."""
KEPT_REQUESTS: Final = 2_000
"""Of each team: the latest."""
KEPT_REFUSALS_FOR: Final = timedelta(days=30)
KEPT_REQUESTS_FOR: Final = timedelta(days=7)
NOWHERE: Final = AddressRanges.empty()
ELSEWHERE: Final = "elsewhere"
OBSERVED: Final = "observed"
"""In place of a reason: the request was let through, because the team only observes."""
NARROWED: Final = "key_networks"
"""In place of a reason: the address is in the team's networks, but not in those that the key is bound to."""


class QueuedRefusal(NamedTuple):
    """One request, as the queue holds it. `at` is in seconds since the epoch."""

    decision: Decision
    request_id: str
    at: float
    origin: Origin = NO_ORIGIN


RefusalKey = tuple[int, str, str, str, str]


@dataclass(slots=True)
class Refused:
    """A sum. `first_at` and `last_at` are in seconds since the epoch."""

    address: Address | None
    first_at: float
    last_at: float = 0.0
    requests: int = 0
    last_request_id: str = ""
    last_origin: Origin = NO_ORIGIN


@dataclass(slots=True)
class RefusedSums:
    rows: dict[RefusalKey, Refused] = field(default_factory=dict)
    requests: list[QueuedRefusal] = field(default_factory=list)
    of_team: Counter[tuple[int, bool]] = field(default_factory=Counter)

    def add(self, key: KeyPolicy, request: QueuedRefusal) -> None:
        decision = request.decision
        address = decision.address
        name = (key.team_id, key.id, address.text if address else "", code_of(decision), reason_of(decision))
        if name not in self.rows:
            group = (key.team_id, decision.code is Code.INVALID_API_KEY)
            if len(self.rows) >= MOST_ROWS or self.of_team[group] >= MOST_ROWS_OF_TEAM:
                name, address = (*name[:2], ELSEWHERE, *name[3:]), None
            else:
                self.of_team[group] += 1
        refused = self.rows.setdefault(name, Refused(address, request.at))
        refused.requests += 1
        refused.last_at = request.at
        refused.last_request_id, refused.last_origin = request.request_id, request.origin
        self.requests.append(request)
        if len(self.requests) >= 2 * MOST_REQUESTS:
            self.requests = self.latest_requests()

    def latest_requests(self) -> list[QueuedRefusal]:
        """Oldest first."""
        kept: list[QueuedRefusal] = []
        of_team: dict[int, int] = {}
        for request in reversed(self.requests):
            team_id = request.decision.key.team_id if request.decision.key else 0
            of_team[team_id] = of_team.get(team_id, 0) + 1
            if of_team[team_id] <= MOST_REQUESTS_OF_TEAM:
                kept.append(request)
                if len(kept) >= MOST_REQUESTS:
                    break
        return kept[::-1]

    def __bool__(self) -> bool:
        return bool(self.rows)


def code_of(decision: Decision) -> str:
    """For a request that was let through though only observed: what it would have been."""
    return str(decision.code or Code.IP_NOT_ALLOWED)


def reason_of(decision: Decision) -> str:
    if decision.code is None:
        return OBSERVED
    if decision.code is Code.IP_NOT_ALLOWED and _is_in_team(decision):
        return NARROWED
    return str(decision.reason or "")


def _is_in_team(decision: Decision) -> bool:
    """Then it was the key's own networks that refused it."""
    address, team = decision.address, decision.team
    return address is not None and team is not None and address in team.networks


def write(cursor: CursorWrapper, sums: RefusedSums, adapted: Callable[[datetime], Any]) -> None:
    """Inside the transaction of a flush; rows in the order of their keys, so that no two processes wait in a circle."""

    def moment(seconds: float) -> Any:
        return adapted(datetime.fromtimestamp(seconds, UTC))

    cursor.executemany(
        """INSERT INTO console_refusal
           (team_id, key_id, address, code, reason, version, value, requests, first_at, last_at, last_request_id,
            last_path, last_user_agent, ignored_by_name)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')
           ON CONFLICT (team_id, key_id, address, code, reason) DO UPDATE SET
           version = excluded.version, value = excluded.value,
           requests = console_refusal.requests + excluded.requests,
           last_at = excluded.last_at, last_request_id = excluded.last_request_id,
           last_path = excluded.last_path, last_user_agent = excluded.last_user_agent""",
        [
            (
                *name,
                refused.address.version if refused.address else 0,
                as_key(refused.address.value) if refused.address else "",
                refused.requests,
                moment(refused.first_at),
                moment(refused.last_at),
                refused.last_request_id,
                *refused.last_origin,
            )
            for name, refused in sorted(sums.rows.items(), key=lambda row: row[0])
        ],
    )
    cursor.executemany(
        """INSERT INTO console_refusedrequest
           (request_id, team_id, key_id, at, address, code, reason, path, user_agent, networks, network_count)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (request_id) DO NOTHING""",
        [_request_row(request, moment) for request in sums.latest_requests()],
    )


def _request_row(request: QueuedRefusal, moment: Callable[[float], Any]) -> tuple[Any, ...]:
    decision = request.decision
    key, address = decision.key, decision.address
    compared = _compared_with(decision)
    networks = compared.nearest(address, MOST_NETWORKS) if address else []
    return (
        request.request_id,
        key.team_id if key else 0,
        key.id if key else "",
        moment(request.at),
        address.text if address else "",
        code_of(decision),
        reason_of(decision),
        *request.origin,
        "\n".join(networks),
        len(compared),
    )


def _compared_with(decision: Decision) -> AddressRanges:
    key, team = decision.key, decision.team
    if key is None or team is None:
        return NOWHERE
    return team.own_networks.get(key.id, NOWHERE) if _is_in_team(decision) else team.networks


def prune_team(team_id: int) -> int:
    """Delete a team's oldest beyond what is kept; how many that were."""
    unusable = str(Code.INVALID_API_KEY)
    return (
        _prune("console_refusal", "last_at", KEPT_ROWS, "team_id = %s AND code = %s", team_id, unusable)
        + _prune("console_refusal", "last_at", KEPT_ROWS, "team_id = %s AND code <> %s", team_id, unusable)
        + _prune("console_refusedrequest", "at", KEPT_REQUESTS, "team_id = %s", team_id)
    )


def _prune(table: str, moment: str, most: int, which: str, *values: int | str) -> int:
    latest = f"SELECT {moment} FROM {table} WHERE {which} ORDER BY {moment} DESC LIMIT 1 OFFSET %s"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE {which} AND {moment} <= ({latest})",  # noqa: S608 - names of our own
            [*values, *values, most],
        )
        deleted: int = cursor.rowcount
        return deleted
