"""A key can never make a key that may do more than itself. Nor one that may be used from more places, or more often.

How long a new key lives is the team's to limit, not the calling key's: a key that is to be replaced before it expires
must be able to make one that outlives it. What a key has made, the activity log tells under its ID.
"""

from collections.abc import Collection

from apikeys.models import ApiKey
from apikeys.network_binding import bound_networks
from apikeys.scopes import covers, in_order
from console.api.refused import MoreThanItself


def refuse_more_scopes(own: ApiKey, scopes: Collection[str]) -> None:
    """`scopes` are scopes. Raises `MoreThanItself`."""
    beyond = [scope for scope in in_order(scopes) if not covers(own.scope_list, [scope])]
    if beyond:
        raise MoreThanItself(f"The key that asks does not have {', '.join(beyond)} itself.", field="scopes")


def refuse_higher_limit(own: ApiKey, rate_limit: int | None) -> None:
    if own.rate_limit is not None and (rate_limit is None or rate_limit > own.rate_limit):
        raise MoreThanItself(
            f"The key that asks may make {own.rate_limit:,} requests per minute itself.", field="rate_limit"
        )


def refuse_more_networks(own: ApiKey, networks: Collection[str] | None) -> None:
    """`networks` are IDs; None stands for all that the team has and will have."""
    own_networks = network_ids(own)
    if own_networks is not None and (networks is None or not own_networks.issuperset(networks)):
        raise MoreThanItself("The key that asks is bound to fewer networks itself.", field="networks")


def refuse_more_than(own: ApiKey, other: ApiKey) -> None:
    """Whether `other` may do more than the key that asks. Raises `MoreThanItself`."""
    refuse_more_scopes(own, other.scope_list)
    refuse_more_networks(own, network_ids(other))
    refuse_higher_limit(own, other.rate_limit)


def network_ids(apikey: ApiKey) -> frozenset[str] | None:
    bound = bound_networks(apikey)
    return None if bound is None else frozenset(subnet.pk for subnet in bound)
