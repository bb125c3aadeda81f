"""Reading policy from the database: the uncommon case."""

import logging
from collections.abc import Callable, Collection
from functools import lru_cache
from math import inf
from typing import Final, TypeVar
from urllib.parse import quote

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from apikeys.digests import peppers
from apikeys.models import ApiKey, ApiKeyQuerySet, KeyNetwork
from apikeys.scopes import Scope, base_of, dataset_of
from console.datasets.models import Subscription
from console.enforcement.decision import KeyPolicy, TeamPolicy
from console.enforcement.keyed_hash import KeyedHash
from ipsubnets.models import IPSubnet
from ipsubnets.ranges import AddressRanges
from teams.models import Team
from teams.timestamps import rfc3339

logger = logging.getLogger("gatehouse.gate")

T = TypeVar("T")

Range = tuple[int, int, int]
"""As `AddressRanges` takes it."""

HEADER_SAFE: Final = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"


class DatabaseUnavailable(Exception):
    """The database did not answer."""


def load_key(key_id: str) -> KeyPolicy | None:
    """The key, or None if there is none with that id. Raises `DatabaseUnavailable`."""
    return _reading(lambda: _load_key(key_id))


def load_team(team_id: int) -> TeamPolicy | None:
    """The team, or None if it is gone. Raises `DatabaseUnavailable`."""
    return _reading(lambda: _load_team(team_id))


def load_keys_of(team_id: int) -> dict[str, KeyPolicy]:
    """Every key of a team by its id, in one query. Raises `DatabaseUnavailable`."""
    return _reading(lambda: {key.id: key for row in _rows().filter(team_id=team_id) if (key := _policy_of(row))})


def load_own_networks(team_id: int, key_id: str) -> AddressRanges:
    """The live networks that a narrowed key is bound to. Raises `DatabaseUnavailable`."""
    return _reading(lambda: AddressRanges(ends for _, _, ends in _bound(team_id, key_id=key_id)))


def load_own_networks_of(team_id: int, *, without: Collection[str] = ()) -> dict[str, AddressRanges]:
    """The same for each narrowed key of a team that has any left, were the networks with these IDs not listed."""
    bound: dict[str, list[Range]] = {}
    for key_id, subnet_id, ends in _reading(lambda: _bound(team_id)):
        if subnet_id not in without:
            bound.setdefault(key_id, []).append(ends)
    return {key_id: AddressRanges(ranges) for key_id, ranges in bound.items()}


def ping() -> None:
    """Raises `DatabaseUnavailable`."""
    _reading(_select_one)


def _select_one() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return True


def _reading(read: Callable[[], T]) -> T:
    """Read, once more on a new connection if the kept one turns out to be dead."""
    try:
        return read()
    except (DatabaseError, InterfaceError) as error:
        if connection.in_atomic_block:
            raise DatabaseUnavailable from error
        connection.close()
    try:
        return read()
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        raise DatabaseUnavailable from error


def _exists(key_id: str) -> bool:
    """A statement as short as can be: whoever floods the gate with ids that do not exist pays it for each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM apikeys_apikey WHERE id = %s", [key_id])
        return cursor.fetchone() is not None


def _load_key(key_id: str) -> KeyPolicy | None:
    if not _exists(key_id):
        return None
    row = _rows().filter(pk=key_id).first()
    return _policy_of(row) if row else None


def _rows() -> ApiKeyQuerySet:
    return ApiKey.objects.select_related("team", "owner_user", "owner_group")


def _policy_of(row: ApiKey) -> KeyPolicy | None:
    pepper = peppers().get(row.pepper)
    if pepper is None:
        logger.error("Key %s was made with pepper number %d, which is not configured.", row.pk, row.pepper)
        return None
    works_until = min(row.expires_at, row.retire_at or row.expires_at)
    answer_headers = ((b"x-api-key-expires-at", rfc3339(works_until).encode("ascii")),)
    scopes, datasets, scopes_header = _scopes(row.scopes)
    return KeyPolicy(
        id=row.pk,
        name=row.name,
        team_id=row.team_id,
        digest=bytes(row.digest),
        pepper=_keyed_hash(pepper),
        expires_at=row.expires_at.timestamp(),
        disabled=row.disabled_at is not None,
        revoked=row.revoked_at is not None or row.deleted_at is not None,
        answer_headers=answer_headers,
        forward_auth_headers=(
            (b"x-gatehouse-team", row.team.slug.encode("ascii")),
            (b"x-gatehouse-key-id", row.pk.encode("ascii")),
            (b"x-gatehouse-key-name", header_text(row.name)),
            (b"x-gatehouse-owner", header_text(_owner_address(row))),
            (b"x-gatehouse-scopes", scopes_header),
            *answer_headers,
            (b"cache-control", b"no-store"),
        ),
        scopes=scopes,
        datasets=datasets,
        rate_limit=row.rate_limit,
        narrowed=row.narrowed,
        retires_at=row.retire_at.timestamp() if row.retire_at else inf,
    )


@lru_cache(maxsize=16)
def _keyed_hash(pepper: bytes) -> KeyedHash:
    """One for all the keys of a pepper."""
    return KeyedHash(pepper)


@lru_cache(maxsize=1024)
def _scopes(text: str) -> tuple[frozenset[str], frozenset[str] | None, bytes]:
    """One for all the keys that may do the same: what they may, to which datasets, and how a header says it."""
    scopes = text.split()
    narrowed = None if Scope.DATASETS_READ in scopes else frozenset(filter(None, map(dataset_of, scopes)))
    return frozenset(map(base_of, scopes)), narrowed, text.encode("ascii")


def _owner_address(row: ApiKey) -> str:
    if row.owner_group:
        return f"group:{row.owner_group.slug}"
    return row.owner_user.email if row.owner_user else ""


def _load_team(team_id: int) -> TeamPolicy | None:
    team = Team.objects.select_related("observe_mode").filter(pk=team_id).first()
    if team is None:
        return None
    observing = getattr(team, "observe_mode", None)
    now = timezone.now()
    columns = ("version", "first", "last", "expires_at")
    rows = list(IPSubnet.objects.filter(team_id=team_id).live(now).values_list(*columns))
    trials = IPSubnet.objects.filter(team_id=team_id).on_trial(now).values_list("trial_until", flat=True)
    subscriptions = list(
        Subscription.objects.filter(team_id=team_id).not_over(now).values_list("dataset_id", "starts_at", "ends_at")
    )
    moments = [ends for *_, ends in rows] + [ends for *_, ends in subscriptions]
    moments += trials
    moments += [begins for _, begins, _ in subscriptions if begins > now]
    return TeamPolicy(
        id=team.pk,
        slug=team.slug,
        suspended=team.suspended_at is not None,
        networks=AddressRanges((version, int(first, 16), int(last, 16)) for version, first, last, _ in rows),
        right_until=min((moment.timestamp() for moment in moments if moment is not None), default=inf),
        observes_until=observing.until.timestamp() if observing else 0.0,
        datasets=frozenset(dataset for dataset, begins, _ in subscriptions if begins <= now),
    )


def _bound(team_id: int, **only: str) -> list[tuple[str, str, Range]]:
    """IDs of a key and of a live network that it is bound to, and the network's range."""
    live = IPSubnet.objects.filter(team_id=team_id).live()
    rows = KeyNetwork.objects.filter(subnet__in=live, **only)
    columns = ("key_id", "subnet_id", "subnet__version", "subnet__first", "subnet__last")
    return [
        (key_id, subnet_id, (version, int(first, 16), int(last, 16)))
        for key_id, subnet_id, version, first, last in rows.values_list(*columns)
    ]


def header_text(text: str) -> bytes:
    """Text as a header can carry it: ASCII, everything else and `%` percent-encoded as UTF-8 (RFC 3986)."""
    return quote(text, safe=HEADER_SAFE).encode("ascii")
