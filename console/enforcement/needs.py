"""What a request needs besides a usable key and a listed address: a scope, and perhaps a subscription to a dataset."""

from functools import lru_cache
from typing import Final, NamedTuple

from apikeys.scopes import Scope, base_of, dataset_of, is_scope


class Need(NamedTuple):
    """`scope` without what it is narrowed to; `dataset` is empty where any will do."""

    scope: str
    dataset: str = ""

    @property
    def full_scope(self) -> str:
        """The narrowest scope that would suffice."""
        return f"{self.scope}:{self.dataset}" if self.dataset else self.scope


ANY_DATASET: Final = Need(str(Scope.DATASETS_READ))
NOBODY_HAS_IT: Final = Need("no-such:scope")


@lru_cache(maxsize=256)
def need_of_scope(text: str) -> Need:
    """The need for a scope in its written form. What is no scope is a need that no key meets."""
    return Need(base_of(text), dataset_of(text)) if is_scope(text) else NOBODY_HAS_IT
