"""What a process remembers of the policy: immutable entries in a bounded memory that readers use without a lock.

A reader does one dictionary look-up. Writers (a load, a change) take the lock. An entry that was loaded while a change
came in is not kept: the loader says which generation of the memory it read under, and a change starts a new one.
"""

from threading import Lock
from typing import Final, Generic, TypeVar

from console.enforcement.decision import KeyPolicy, TeamPolicy

K = TypeVar("K")
V = TypeVar("V")

MOST_KEYS: Final = 100_000
MOST_TEAMS: Final = 10_000
MOST_UNKNOWN: Final = 20_000


class Bounded(Generic[K, V]):
    """At most `most` entries, the recently used kept: two dictionaries, the older dropped when the younger is full.

    An approximation of least-recently-used in which a hit on the younger one writes nothing.
    """

    __slots__ = ("_half", "_lock", "_older", "_younger")

    def __init__(self, most: int, lock: Lock) -> None:
        self._half = max(1, most // 2)
        self._lock = lock
        self._younger: dict[K, V] = {}
        self._older: dict[K, V] = {}

    def get(self, name: K) -> V | None:
        found = self._younger.get(name)
        if found is not None:
            return found
        return self._promoted(name) if name in self._older else None

    def _promoted(self, name: K) -> V | None:
        with self._lock:
            found = self._older.get(name)
            if found is not None:
                self.put(name, found)
            return found

    def put(self, name: K, value: V) -> None:
        """Only with the lock held."""
        if len(self._younger) >= self._half:
            self._older, self._younger = self._younger, {}
        self._younger[name] = value

    def drop(self, name: K) -> None:
        """Only with the lock held."""
        self._younger.pop(name, None)
        self._older.pop(name, None)

    def clear(self) -> None:
        """Only with the lock held."""
        self._younger, self._older = {}, {}

    def __len__(self) -> int:
        return len(self._younger) + sum(name not in self._younger for name in tuple(self._older))


class PolicyMemory:
    """Keys by id, teams by id, and ids that are known not to exist."""

    def __init__(
        self, *, most_keys: int = MOST_KEYS, most_teams: int = MOST_TEAMS, most_unknown: int = MOST_UNKNOWN
    ) -> None:
        self._lock = Lock()
        self.keys: Bounded[str, KeyPolicy] = Bounded(most_keys, self._lock)
        self.teams: Bounded[int, TeamPolicy] = Bounded(most_teams, self._lock)
        self.unknown: Bounded[str, bool] = Bounded(most_unknown, self._lock)
        self.generation = 0

    def remember_key(self, key_id: str, key: KeyPolicy | None, *, generation: int) -> None:
        with self._lock:
            if generation != self.generation:
                return
            if key is None:
                self.unknown.put(key_id, True)
            else:
                self.keys.put(key_id, key)

    def remember_team(self, team: TeamPolicy, *, generation: int) -> None:
        with self._lock:
            if generation == self.generation:
                self.teams.put(team.id, team)

    def forget(self, *, team_id: int, key_id: str) -> None:
        """Apply a change: of one key, or (without a key id) of a team's networks and standing."""
        with self._lock:
            self.generation += 1
            if key_id:
                self.keys.drop(key_id)
                self.unknown.drop(key_id)
            else:
                self.teams.drop(team_id)

    def forget_everything(self) -> None:
        with self._lock:
            self.generation += 1
            self.keys.clear()
            self.teams.clear()
            self.unknown.clear()
