"""Reads."""

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apikeys.models import ApiKey, ApiKeyQuerySet, KeyNetwork
from ipsubnets.models import IPSubnet
from teams.access import Access
from teams.models import Team
from teams.permissions import Permission


def keys_of(team: Team) -> ApiKeyQuerySet:
    """The listed keys with all that a row shows, in one query."""
    return (
        ApiKey.objects.listed()
        .filter(team=team)
        .select_related("owner_user", "owner_group", "usage", "sealed_copy")
        .annotate(bound_count=_bound_count())
        .defer("digest", "sealed_copy__sealed")
    )


def _bound_count() -> Coalesce:
    """How many of the networks that a narrowed key is bound to count at the moment."""
    bound = KeyNetwork.objects.filter(key=OuterRef("pk"), subnet__in=IPSubnet.objects.live()).order_by().values("key")
    return Coalesce(Subquery(bound.annotate(number=Count("pk")).values("number")), 0)


def own_group_ids(access: Access) -> set[int]:
    return set(access.user.team_groups.filter(team=access.team).values_list("pk", flat=True))


def may_manage(access: Access, apikey: ApiKey, group_ids: set[int]) -> bool:
    """Admins manage every key; developers their own and those of the groups they are in."""
    if access.allows(Permission.KEYS_MANAGE):
        return True
    owned = apikey.owner_user_id == access.user.pk or apikey.owner_group_id in group_ids
    return owned and access.allows(Permission.KEYS_GENERATE)


def permits(access: Access, apikey: ApiKey, group_ids: set[int]) -> dict[str, bool]:
    """What this person may do to this key now, by the names of the actions."""
    managed = may_manage(access, apikey, group_ids)
    revoked, disabled = apikey.is_revoked, apikey.disabled_at is not None
    return {
        "copy": True,
        "rotate": managed and not revoked,
        "disable": managed and not revoked and not disabled,
        "enable": managed and not revoked and disabled,
        "revoke": managed and not revoked,
        "delete": managed,
        "assign": managed,
    }
