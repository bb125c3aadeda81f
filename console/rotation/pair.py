"""The two keys of a rotation."""

from dataclasses import dataclass

from apikeys.models import ApiKey
from apikeys.retirement import Retirement, retirement_of


@dataclass(frozen=True, slots=True)
class Rotation:
    old: ApiKey
    new: ApiKey

    @property
    def retirement(self) -> Retirement:
        """What becomes of the old key."""
        return retirement_of(self.old)

    @property
    def is_open(self) -> bool:
        """Whether the old key still works, or could be made to."""
        return self.old.status not in {"revoked", "expired"}


def rotation_of(apikey: ApiKey, *, predecessor: ApiKey | None, successor: ApiKey | None) -> Rotation | None:
    """In the middle of a lineage, the later rotation: the one that is still under way."""
    if successor is not None:
        return Rotation(apikey, successor)
    return Rotation(predecessor, apikey) if predecessor is not None else None
