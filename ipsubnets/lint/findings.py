"""What the linter finds, and what it would do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2s
from typing import Final, NamedTuple

from ipsubnets.address_space import Space
from ipsubnets.networks import Network


class Kind(StrEnum):
    """The strings are contract of the command line."""

    DUPLICATE = "duplicate"
    CONTAINED = "contained"
    NEIGHBOURS = "neighbours"
    WIDE = "wide"
    UNUSED = "unused"
    UNREACHABLE = "unreachable"


LABELS: Final = {
    Kind.DUPLICATE: "Listed twice",
    Kind.CONTAINED: "Contained in another",
    Kind.NEIGHBOURS: "Neighbours that are one network",
    Kind.WIDE: "Very wide",
    Kind.UNUSED: "Never matched",
    Kind.UNREACHABLE: "Not public",
}


class Listed(NamedTuple):
    """A network that counts, as the linter reads it."""

    id: str
    network: str
    version: int
    first: int
    last: int
    label: str
    created_at: datetime
    expires_at: datetime | None

    @property
    def prefix_length(self) -> int:
        return int(self.network.partition("/")[2])

    def __str__(self) -> str:
        return f"{self.network} ({self.label})" if self.label else self.network


@dataclass(frozen=True, slots=True)
class Finding:
    """`removes` and `adds` are what the fix does, in one step; where it is neither, people have to see to it."""

    kind: Kind
    about: Sequence[Listed]
    """The networks that it is found of."""
    words: str
    removes: Sequence[Listed] = ()
    adds: Network | None = None
    expires_at: datetime | None = None
    """When the added network ends."""
    narrows: bool = False
    """Whether some addresses are refused after the fix that are allowed before it. No fix allows more."""
    space: Space = Space.PUBLIC

    @property
    def id(self) -> str:
        """The same as long as it is about the same networks, and the fix is the same. It names the first of them."""
        parts = [*(listed.id for listed in self.about), *(listed.id for listed in self.removes), str(self.adds or "")]
        return f"{self.kind}-{self.about[0].id}-{blake2s('|'.join(parts).encode(), digest_size=6).hexdigest()}"

    @property
    def label(self) -> str:
        return LABELS[self.kind]

    @property
    def can_be_fixed(self) -> bool:
        return bool(self.removes)

    @property
    def fix(self) -> str:
        """In words; empty where there is none."""
        if not self.removes:
            return ""
        if self.kind is Kind.NEIGHBOURS:
            return f"List {self.adds} in place of the {len(self.removes)}"
        if self.adds is not None:
            return f"Narrow it to {self.adds}"
        return f"Remove {self.removes[0].network}"


def subnet_id_in(finding_id: str) -> str:
    """Of the network that the finding is found of first; empty for what is no finding's ID."""
    return finding_id.split("-")[1] if finding_id.count("-") == 2 else ""
