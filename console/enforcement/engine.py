"""`decide`: the only place that says yes or no."""

from time import monotonic, time
from typing import Final, Protocol

from apikeys.key_format import CHECKSUM_LENGTH, SECRET_LENGTH, key_id_of
from console.enforcement.decision import Code, Credential, Decision, KeyPolicy, TeamPolicy
from console.enforcement.loading import DatabaseUnavailable, load_key, load_own_networks, load_team, ping
from console.enforcement.memory import PolicyMemory
from console.enforcement.needs import Need
from console.enforcement.rates import RateLimits
from console.enforcement.rules import NOBODY, address_allowed, secret_matches, unmet, unusable
from ipsubnets.addresses import Address
from ipsubnets.ranges import AddressRanges
from teams.public_ids import LENGTH

_ID_STANDS: Final = slice(-(LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH), -(1 + SECRET_LENGTH + CHECKSUM_LENGTH))
"""Where a well-formed key has its id, whatever its prefix."""

RETRY_DATABASE_AFTER: Final = 0.5
"""Seconds for which a database that did not answer is not asked again."""

MOST_NARROWED: Final = 10_000
"""Keys of one team of which it is remembered to what they are bound."""


class CannotAnswerAtOnce(Exception):
    """The memory alone is not enough: the database, or the count of a rate limit, is needed. Never reaches a client."""


class Watch(Protocol):
    """Who knows whether the memory is as new as the freshness contract promises."""

    vouched_at: float
    """`monotonic()` when the memory was last known to be fresh; minus infinity if it never was."""
    lag: float
    """Seconds that the last look for changes took, at whose end the memory had them."""

    def vouches(self) -> bool:
        """Whether the memory may be believed for a request that starts now. Applies the changes it learns of."""


class PolicySource(Protocol):
    def remembered_key(self, key_id: str) -> KeyPolicy | None:
        """The key, if that is known without a question to anybody. `key_id` may be anything."""

    def key(self, key_id: str) -> KeyPolicy | None: ...
    def team(self, team_id: int, now: float) -> TeamPolicy | None: ...
    def own_networks(self, key: KeyPolicy, team: TeamPolicy) -> AddressRanges:
        """What a narrowed key is bound to."""


class FromMemory:
    """What is remembered; `CannotAnswerAtOnce` for everything else."""

    def __init__(self, memory: PolicyMemory) -> None:
        self.remembered_key = memory.keys.get
        self._remembered_team, self._is_unknown = memory.teams.get, memory.unknown.get

    def key(self, key_id: str) -> KeyPolicy | None:
        found = self.remembered_key(key_id)
        if found is None and not self._is_unknown(key_id):
            raise CannotAnswerAtOnce
        return found

    def team(self, team_id: int, now: float) -> TeamPolicy:
        found = self._remembered_team(team_id)
        if found is None or now >= found.right_until:
            raise CannotAnswerAtOnce
        return found

    def own_networks(self, key: KeyPolicy, team: TeamPolicy) -> AddressRanges:
        found = team.own_networks.get(key.id)
        if found is None:
            raise CannotAnswerAtOnce
        return found


class FromDatabase:
    """What the database says now, remembered for the next request."""

    def __init__(self, memory: PolicyMemory) -> None:
        self._memory = memory

    def remembered_key(self, key_id: str) -> KeyPolicy | None:  # noqa: ARG002
        return None

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

    def own_networks(self, key: KeyPolicy, team: TeamPolicy) -> AddressRanges:
        own = load_own_networks(team.id, key.id)
        if len(team.own_networks) >= MOST_NARROWED:
            team.own_networks.clear()
        team.own_networks[key.id] = own
        return own


class FromMemoryOrDatabase(FromDatabase):
    """What is remembered, and from the database what is not: a new key does not cost a reading of all its networks."""

    def __init__(self, memory: PolicyMemory) -> None:
        super().__init__(memory)
        self._remembered = FromMemory(memory)

    def remembered_key(self, key_id: str) -> KeyPolicy | None:
        return self._remembered.remembered_key(key_id)

    def team(self, team_id: int, now: float) -> TeamPolicy | None:
        try:
            return self._remembered.team(team_id, now)
        except CannotAnswerAtOnce:
            return super().team(team_id, now)

    def own_networks(self, key: KeyPolicy, team: TeamPolicy) -> AddressRanges:
        try:
            return self._remembered.own_networks(key, team)
        except CannotAnswerAtOnce:
            return super().own_networks(key, team)


class Engine:
    """Judges requests by a memory that a watch vouches for, by the database where it does not."""

    def __init__(self, memory: PolicyMemory, watch: Watch, rates: RateLimits, *, stale_grace: float) -> None:
        self.memory = memory
        self.watch = watch
        self.rates = rates
        self._stale_grace = stale_grace
        self._from_memory = FromMemory(memory)
        self._from_database = FromDatabase(memory)
        self._from_memory_or_database = FromMemoryOrDatabase(memory)
        self._database_failed_at = float("-inf")

    def decide_from_memory(self, credential: Credential, address: Address | None, need: Need | None = None) -> Decision:
        """The common case: no query, no lock, microseconds. Raises `CannotAnswerAtOnce`."""
        if not self.watch.vouches():
            raise CannotAnswerAtOnce
        decision = judge(credential, address, self._from_memory, need)
        if decision.code is None and decision.key is not None and decision.key.rate_limit is not None:
            raise CannotAnswerAtOnce
        return decision

    def decide(self, credential: Credential, address: Address | None, need: Need | None = None) -> Decision:
        """Judge a request, asking the database where the memory cannot answer. May block: not for an event loop."""
        decision = self._judge_by_what_can_be_known(credential, address, need)
        key = decision.key
        if decision.code is not None or key is None or key.rate_limit is None:
            return decision
        rate = self.rates.hit(key.id, key.rate_limit)
        return decision._replace(rate=rate, code=Code.RATE_LIMITED if rate.exceeded else None)

    def _judge_by_what_can_be_known(
        self, credential: Credential, address: Address | None, need: Need | None
    ) -> Decision:
        vouched = self.watch.vouches()
        if vouched:
            try:
                return judge(credential, address, self._from_memory, need)
            except CannotAnswerAtOnce:
                pass
        if monotonic() - self._database_failed_at < RETRY_DATABASE_AFTER:
            return self._decide_in_the_dark(credential, address, need)
        try:
            if vouched:
                return judge(credential, address, self._from_memory_or_database, need)
            ping()
            return judge(credential, address, self._from_database, need)
        except DatabaseUnavailable:
            self._database_failed_at = monotonic()
            return self._decide_in_the_dark(credential, address, need)

    def _decide_in_the_dark(self, credential: Credential, address: Address | None, need: Need | None) -> Decision:
        """Neither watch nor database: what is remembered counts for the grace period, and then nothing does."""
        if monotonic() - self.watch.vouched_at <= self._stale_grace:
            try:
                return judge(credential, address, self._from_memory, need)
            except CannotAnswerAtOnce:
                pass
        return Decision(Code.POLICY_UNAVAILABLE, address=address, given=credential.given)


def judge(credential: Credential, address: Address | None, policy: PolicySource, need: Need | None = None) -> Decision:
    """Apply the rules in the order of the contract; the first that objects decides."""
    presented = credential.key
    if presented is None:
        code = Code.INVALID_API_KEY if credential.given else Code.MISSING_API_KEY
        return Decision(code, address=address, given=credential.given, detail=_where_to_put_it(credential))
    # The digest of a remembered key covers its form and its checksum; only other keys have to show these first.
    key = policy.remembered_key(presented[_ID_STANDS])
    if key is None:
        key_id = key_id_of(presented)
        if key_id is None:
            return Decision(Code.INVALID_API_KEY, address=address)
        key = policy.key(key_id)
    if not secret_matches(presented, key or NOBODY) or key is None:
        return Decision(Code.INVALID_API_KEY, address=address)
    now = time()
    team = policy.team(key.team_id, now)
    if team is None:
        return Decision(Code.INVALID_API_KEY, address=address)
    own = policy.own_networks(key, team) if key.narrowed else None
    return judge_known(key, team, address, now, need, own=own)


def judge_known(
    key: KeyPolicy,
    team: TeamPolicy,
    address: Address | None,
    now: float,
    need: Need | None,
    *,
    own: AddressRanges | None,
) -> Decision:
    """What is left to judge once the secret is right. A dry run begins here: it has no secrets to show.

    `own` are the networks that a narrowed key is bound to, None for any other.
    """
    reason = unusable(key, team, now)
    if reason is not None:
        return Decision(Code.INVALID_API_KEY, key, address, team, need, reason)
    if not address_allowed(address, team, own):
        if address is None or now >= team.observes_until:
            return Decision(Code.IP_NOT_ALLOWED, key, address, team, need)
        code = None if need is None else unmet(need, key, team)
        return Decision(code, key, address, team, need, observed=True)
    if need is None:
        return Decision(None, key, address, team)
    return Decision(unmet(need, key, team), key, address, team, need)


def _where_to_put_it(credential: Credential) -> str:
    return "A key in the URL is never read." if credential.in_url else ""
