"""`decide`: the only place that says yes or no."""

from dataclasses import replace
from time import monotonic, time
from typing import Final, Protocol

from apikeys.key_format import key_id_of
from console.enforcement.decision import Code, Credential, Decision, KeyPolicy, TeamPolicy
from console.enforcement.loading import DatabaseUnavailable, load_key, load_team, ping
from console.enforcement.memory import PolicyMemory
from console.enforcement.rates import RateLimits
from console.enforcement.rules import NOBODY, address_allowed, secret_matches, unusable
from ipsubnets.addresses import Address

RETRY_DATABASE_AFTER: Final = 0.5
"""Seconds for which a database that did not answer is not asked again."""


class CannotAnswerAtOnce(Exception):
    """The memory alone is not enough: the database, or the count of a rate limit, is needed. Never reaches a client."""


class Watch(Protocol):
    """Who knows whether the memory is as new as the freshness contract promises."""

    vouched_at: float
    """`monotonic()` when the memory was last known to be fresh; minus infinity if it never was."""

    def vouches(self) -> bool:
        """Whether the memory may be believed for a request that starts now. Applies the changes it learns of."""


class PolicySource(Protocol):
    def key(self, key_id: str) -> KeyPolicy | None: ...
    def team(self, team_id: int, now: float) -> TeamPolicy | None: ...


class FromMemory:
    """What is remembered; `CannotAnswerAtOnce` for everything else."""

    def __init__(self, memory: PolicyMemory) -> None:
        self._keys, self._teams, self._unknown = memory.keys, memory.teams, memory.unknown

    def key(self, key_id: str) -> KeyPolicy | None:
        found = self._keys.get(key_id)
        if found is None and not self._unknown.get(key_id):
            raise CannotAnswerAtOnce
        return found

    def team(self, team_id: int, now: float) -> TeamPolicy:
        found = self._teams.get(team_id)
        if found is None or now >= found.networks_until:
            raise CannotAnswerAtOnce
        return found


class FromDatabase:
    """What the database says now, remembered for the next request."""

    def __init__(self, memory: PolicyMemory) -> None:
        self._memory = memory

    def key(self, key_id: str) -> KeyPolicy | None:
        generation = self._memory.generation
        key = load_key(key_id)
        self._memory.remember_key(key_id, key, generation=generation)
        return key

    def team(self, team_id: int, now: float) -> TeamPolicy | None:  # noqa: ARG002
        generation = self._memory.generation
        team = load_team(team_id)
        if team is not None:
            self._memory.remember_team(team, generation=generation)
        return team


class Engine:
    """Judges requests by a memory that a watch vouches for, by the database where it does not."""

    def __init__(self, memory: PolicyMemory, watch: Watch, rates: RateLimits, *, stale_grace: float) -> None:
        self.memory = memory
        self.watch = watch
        self.rates = rates
        self._stale_grace = stale_grace
        self._from_memory = FromMemory(memory)
        self._from_database = FromDatabase(memory)
        self._database_failed_at = float("-inf")

    def decide_from_memory(self, credential: Credential, address: Address | None) -> Decision:
        """The common case: no query, no lock, microseconds. Raises `CannotAnswerAtOnce`."""
        if not self.watch.vouches():
            raise CannotAnswerAtOnce
        decision = judge(credential, address, self._from_memory)
        if decision.code is None and decision.key is not None and decision.key.rate_limit is not None:
            raise CannotAnswerAtOnce
        return decision

    def decide(self, credential: Credential, address: Address | None) -> Decision:
        """Judge a request, asking the database where the memory cannot answer. May block: not for an event loop."""
        decision = self._judge_by_what_can_be_known(credential, address)
        key = decision.key
        if decision.code is not None or key is None or key.rate_limit is None:
            return decision
        rate = self.rates.hit(key.id, key.rate_limit)
        return replace(decision, rate=rate, code=Code.RATE_LIMITED if rate.exceeded else None)

    def _judge_by_what_can_be_known(self, credential: Credential, address: Address | None) -> Decision:
        if self.watch.vouches():
            try:
                return judge(credential, address, self._from_memory)
            except CannotAnswerAtOnce:
                pass
        if monotonic() - self._database_failed_at < RETRY_DATABASE_AFTER:
            return self._decide_in_the_dark(credential, address)
        try:
            if not self.watch.vouches():
                ping()
            return judge(credential, address, self._from_database)
        except DatabaseUnavailable:
            self._database_failed_at = monotonic()
            return self._decide_in_the_dark(credential, address)

    def _decide_in_the_dark(self, credential: Credential, address: Address | None) -> Decision:
        """Neither watch nor database: what is remembered counts for the grace period, and then nothing does."""
        if monotonic() - self.watch.vouched_at <= self._stale_grace:
            try:
                return judge(credential, address, self._from_memory)
            except CannotAnswerAtOnce:
                pass
        return Decision(Code.POLICY_UNAVAILABLE, address=address, given=credential.given)


def judge(credential: Credential, address: Address | None, policy: PolicySource) -> Decision:
    """Apply the rules in the order of the contract; the first that objects decides."""
    if credential.key is None:
        code = Code.INVALID_API_KEY if credential.given else Code.MISSING_API_KEY
        return Decision(code, address=address, given=credential.given, detail=_where_to_put_it(credential))
    key_id = key_id_of(credential.key)
    if key_id is None:
        return Decision(Code.INVALID_API_KEY, address=address)
    key = policy.key(key_id)
    if not secret_matches(credential.key, key or NOBODY) or key is None:
        return Decision(Code.INVALID_API_KEY, address=address)
    now = time()
    team = policy.team(key.team_id, now)
    if team is None:
        return Decision(Code.INVALID_API_KEY, address=address)
    reason = unusable(key, team, now)
    if reason is not None:
        return Decision(Code.INVALID_API_KEY, key, address, reason)
    if not address_allowed(address, team):
        return Decision(Code.IP_NOT_ALLOWED, key, address)
    return Decision(None, key, address)


def _where_to_put_it(credential: Credential) -> str:
    return "A key in the URL is never read." if credential.in_url else ""
