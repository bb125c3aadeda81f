"""What a change of a team's networks would have done to its recent traffic, for whoever is about to make it.

The apps above know the traffic and the gate's own rule: they put their forecaster here.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from ipsubnets.models import IPSubnet
from ipsubnets.ranges import AddressRanges
from ipsubnets.selectors import live_subnets_of
from teams.models import Team


@dataclass(frozen=True, slots=True)
class Broken:
    """A key's requests from one address that were let through, and would be refused."""

    key_id: str
    key_name: str
    address: str
    requests: int
    last_on: date


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of the last `days` days, the most requests first; `further` rows are not listed."""

    days: int
    broken: Sequence[Broken] = field(default_factory=list)
    further: int = 0
    requests: int = 0
    """That would be refused, those of the further rows included."""
    all_requests: int = 0
    recent: bool = False
    """Whether any of them was made in the last week."""


Forecaster = Callable[[Team, AddressRanges, Collection[str]], Forecast]
forecasters: list[Forecaster] = []


def forecast(team: Team, proposed: AddressRanges, *, without: Collection[str] = ()) -> Forecast | None:
    """What these networks in place of the listed ones would refuse; None if nobody can tell.

    `without` are the IDs of those listed ones that would be gone.
    """
    return forecasters[0](team, proposed, without) if forecasters else None


def forecast_without(subnet: IPSubnet) -> Forecast | None:
    """What the team's live networks without this one would refuse."""
    others = live_subnets_of(subnet.team).exclude(pk=subnet.pk)
    return forecast(subnet.team, AddressRanges(ranges_of(others)), without={subnet.pk})


def ranges_of(subnets: Iterable[IPSubnet]) -> list[tuple[int, int, int]]:
    """As `AddressRanges` takes them."""
    return [(subnet.version, int(subnet.first, 16), int(subnet.last, 16)) for subnet in subnets]
