"""Doing what a finding proposes: all of it or nothing, by the services that people's own changes go through."""

from collections.abc import Iterable

from django.db import transaction

from ipsubnets import services
from ipsubnets.forecast import Forecast, forecast, ranges_of
from ipsubnets.lint.findings import Finding
from ipsubnets.lint.linter import lint
from ipsubnets.lint.overlaps import label_of
from ipsubnets.models import IPSubnet
from ipsubnets.ranges import AddressRanges
from ipsubnets.selectors import live_subnets_of
from teams import audit
from teams.errors import RefusedChange
from teams.models import Team, User


@transaction.atomic
def apply_fix(*, team: Team, finding_id: str, actor: audit.Actor, created_by: User | None = None) -> Finding:
    """Apply the fix of a finding. Raises `RefusedChange` if the list has changed since, so that it does not hold."""
    team = Team.objects.select_for_update().get(pk=team.pk)
    finding = fixable_or_gone(lint(team), finding_id)
    before = _allowed(team)
    for subnet in IPSubnet.objects.select_related("team").filter(pk__in=[listed.id for listed in finding.removes]):
        services.delete_subnet(subnet=subnet, actor=actor)
    if finding.adds is not None and not _covered(team, finding):
        services.create_subnet(
            team=team,
            network=finding.adds,
            label=label_of(finding.removes, services.LONGEST_LABEL),
            expires_at=finding.expires_at,
            actor=actor,
            created_by=created_by,
        )
    if not finding.narrows and _allowed(team) != before:
        raise RefusedChange("This would change which addresses are allowed, so it was not done.")
    return finding


def foreseen(team: Team, finding: Finding) -> Forecast | None:
    """What the fix would have refused lately; None if nobody can tell."""
    gone = {listed.id for listed in finding.removes}
    ranges = ranges_of(live_subnets_of(team).exclude(pk__in=gone))
    if finding.adds is not None:
        ranges.append((finding.adds.version, finding.adds.first, finding.adds.last))
    return forecast(team, AddressRanges(ranges), without=gone)


def fixable_or_gone(findings: Iterable[Finding], finding_id: str) -> Finding:
    """Raises `RefusedChange` for one that does not hold, or not in this way, any more, and for one without a fix."""
    for finding in findings:
        if finding.id == finding_id and finding.can_be_fixed:
            return finding
        if finding.id == finding_id:
            raise RefusedChange("This needs a choice of yours, so there is no fix for it to apply.")
    raise RefusedChange("The networks have changed since this was found: look at the list again.")


def _allowed(team: Team) -> AddressRanges:
    return AddressRanges(ranges_of(live_subnets_of(team)))


def _covered(team: Team, finding: Finding) -> bool:
    """Whether the rest of the list has the network that would be added, for as long."""
    if finding.adds is None:
        return True
    holding = live_subnets_of(team).containing(finding.adds.version, finding.adds.first, finding.adds.last)
    ends = holding.values_list("expires_at", flat=True)
    return any(end is None or (finding.expires_at is not None and end >= finding.expires_at) for end in ends)
