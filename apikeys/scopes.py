"""What a key may do: `resource:action`, as OAuth writes scopes (RFC 6749, 3.3), in a text separated by spaces.

`datasets:read` can be narrowed to datasets, one scope for each: `datasets:read:us-equity-taq`. No scope implies
another: `keys:write` does not read. A key's scopes are kept in one form: each once, in the order of `Scope`, and none
that a wider one of them contains.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from teams.errors import RefusedChange


class Scope(StrEnum):
    DATASETS_READ = "datasets:read"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    SUBNETS_READ = "subnets:read"
    SUBNETS_WRITE = "subnets:write"
    AUDIT_READ = "audit:read"


LABELS: Final = {
    Scope.DATASETS_READ: "Read datasets",
    Scope.KEYS_READ: "See the team’s keys",
    Scope.KEYS_WRITE: "Generate, change and end keys",
    Scope.SUBNETS_READ: "See the team’s networks",
    Scope.SUBNETS_WRITE: "List and remove networks",
    Scope.AUDIT_READ: "Read the activity log",
}
DEFAULT: Final = str(Scope.DATASETS_READ)
"""Of keys whose maker does not say."""
MOST: Final = 32
"""So that a header can name them all."""
LONGEST_DATASET: Final = 64
_DATASET: Final = re.compile(rf"(?=.{{1,{LONGEST_DATASET}}}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
_ORDER: Final = {str(scope): place for place, scope in enumerate(Scope)}


class BadScope(RefusedChange):
    """The scopes cannot be given. The message is for the person who chose them."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="scopes")


def parse_scopes(texts: Iterable[str]) -> frozenset[str]:
    """Scopes, each in a text of its own or several in one, in their one form. Raises `BadScope`."""
    given = {scope for text in texts for scope in text.split()}
    for scope in sorted(given):
        if not is_scope(scope):
            known = ", ".join((*Scope, f"{Scope.DATASETS_READ}:DATASET"))
            raise BadScope(f"“{_shown(scope)}” is not a scope. There are {known}.")
    if not given:
        raise BadScope("Choose at least one thing that the key may do.")
    kept = frozenset(scope for scope in given if base_of(scope) == scope or base_of(scope) not in given)
    if len(kept) > MOST:
        raise BadScope(f"A key has at most {MOST} scopes.")
    return kept


def is_scope(text: str) -> bool:
    if text in _ORDER:
        return True
    base, _, dataset = text.rpartition(":")
    return base == Scope.DATASETS_READ and _DATASET.fullmatch(dataset) is not None


def base_of(scope: str) -> str:
    """Without what it is narrowed to."""
    return ":".join(scope.split(":")[:2])


def dataset_of(scope: str) -> str:
    """What it is narrowed to; empty for one that is not."""
    return ":".join(scope.split(":")[2:])


def covers(mine: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether whoever has the scopes `mine` may do everything that `theirs` allow.

    The rule for a key that makes keys: it cannot make one that may do more than itself.
    """
    held = frozenset(mine)
    return all(scope in held or base_of(scope) in held for scope in theirs)


def in_order(scopes: Iterable[str]) -> list[str]:
    return sorted(scopes, key=lambda scope: (_ORDER[base_of(scope)], scope))


def as_text(scopes: Iterable[str]) -> str:
    """As the database and `X-Gatehouse-Scopes` hold them."""
    return " ".join(in_order(scopes))


def in_words(scopes: Iterable[str]) -> list[str]:
    """What a key may do, for a list of people: one entry for each scope, the datasets of a narrowed one together."""
    words: dict[str, list[str]] = {}
    for scope in scopes:
        words.setdefault(base_of(scope), []).extend(filter(None, [dataset_of(scope)]))
    return [f"{base}: {', '.join(datasets)}" if datasets else base for base, datasets in words.items()]


def _shown(text: str) -> str:
    """Not what could be a key that ended up in the wrong place."""
    return text if len(text) <= 40 and text.isprintable() else "…"
