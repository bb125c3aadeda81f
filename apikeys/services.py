"""The life of a key: keyword-only, atomic, audited, and announced to every gate."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from apikeys import audit_kinds as kinds
from apikeys import rules
from apikeys.changes import locked_key, owner_of, record, tell, tidied_reason
from apikeys.copying_limits import refuse_too_many_copies
from apikeys.digests import digest, newest_pepper, peppers
from apikeys.key_format import new_key
from apikeys.models import ApiKey, KeyNetwork, SealedCopy
from apikeys.names import clean_name, folded
from apikeys.network_binding import bound_networks, in_words, networks_of_team
from apikeys.retirement import BY_HAND, Retirement, keep_predecessor_of, plan_retirement
from apikeys.scopes import DEFAULT, as_text, parse_scopes
from apikeys.sealing import CannotUnseal, seal, unseal
from ipsubnets.models import IPSubnet
from teams import audit
from teams.errors import RefusedChange
from teams.models import Group, Team, User

key_copied = Signal()
"""Sent inside the transaction with `apikey: ApiKey` and `actor: audit.Actor` when a sealed copy was opened."""


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """A new key and, this once, its text. `repr` does not show the text."""

    apikey: ApiKey
    text: str = field(repr=False)


@transaction.atomic
def generate_key(
    *,
    team: Team,
    name: str,
    expires_at: datetime,
    owner: User | Group,
    actor: audit.Actor,
    created_by: User | None = None,
    keep_sealed_copy: bool = False,
    rate_limit: int | None = None,
    scopes: Iterable[str] = (DEFAULT,),
    networks: Collection[str] | None = None,
    submission: UUID | None = None,
) -> GeneratedKey:
    """Make a key; `rate_limit` is in requests per minute; of `scopes`, see `apikeys.scopes`.

    `networks` are the IDs of those that it is bound to, None for all that the team has and will have.

    Raises `RefusedChange` for what cannot be, `rules.AlreadyGenerated` for a form that comes twice.
    """
    team = Team.objects.select_for_update().get(pk=team.pk)
    rules.refuse_second_submission(team, submission)
    name = clean_name(name)
    rules.refuse_taken_name(team, name)
    rules.refuse_foreign_owner(team, owner)
    return _make(
        team=team,
        name=name,
        expires_at=expires_at,
        owner=owner,
        actor=actor,
        created_by=created_by,
        keep_sealed_copy=keep_sealed_copy,
        rate_limit=rate_limit,
        scopes=parse_scopes(scopes),
        networks=None if networks is None else networks_of_team(team, networks),
        submission=submission,
        predecessor=None,
    )


@transaction.atomic
def rotate_key(
    *,
    apikey: ApiKey,
    expires_at: datetime,
    actor: audit.Actor,
    reason: str = "",
    created_by: User | None = None,
    submission: UUID | None = None,
    retirement: Retirement = BY_HAND,
) -> GeneratedKey:
    """Make the successor of a key: same name, owner, scopes and networks. Both work until the old one is revoked.

    `retirement` is what becomes of the old one, unless somebody revokes it first. Raises `RefusedChange` for a key
    that is revoked, has a successor already, or has expired and lost its name, and for a retirement that cannot be.
    """
    team = Team.objects.select_for_update().get(pk=apikey.team_id)
    rules.refuse_second_submission(team, submission)
    apikey = locked_key(apikey)
    if apikey.revoked_at:
        raise RefusedChange("A revoked key cannot be rotated; generate a new one instead.")
    if apikey.expires_at <= timezone.now():
        rules.refuse_taken_name(team, apikey.name)
    _make_room_for_successor(apikey)
    generated = _make(
        team=team,
        name=apikey.name,
        expires_at=expires_at,
        owner=apikey.owner_group or owner_of(apikey),
        actor=actor,
        created_by=created_by,
        keep_sealed_copy=SealedCopy.objects.filter(key=apikey).exists() and team.sealed_copies_allowed,
        rate_limit=apikey.rate_limit,
        scopes=apikey.scope_list,
        networks=bound_networks(apikey),
        submission=submission,
        predecessor=apikey,
        reason=reason,
    )
    if retirement != BY_HAND:
        plan_retirement(apikey=apikey, retirement=retirement, actor=actor)
    return generated


@transaction.atomic
def disable_key(*, apikey: ApiKey, reason: str, actor: audit.Actor) -> ApiKey:
    """Stop a key until it is enabled again. Raises `RefusedChange` when it is stopped already."""
    apikey = locked_key(apikey)
    if apikey.revoked_at:
        raise RefusedChange("This key is revoked; there is nothing left to disable.")
    if apikey.disabled_at:
        raise RefusedChange("This key is disabled already.")
    apikey.disabled_at, apikey.disabled_by_name = timezone.now(), actor.name
    apikey.disabled_reason = tidied_reason(reason)
    apikey.save(update_fields=["disabled_at", "disabled_by_name", "disabled_reason"])
    tell(kinds.KEY_DISABLED, apikey, actor, reason=apikey.disabled_reason)
    return apikey


@transaction.atomic
def enable_key(*, apikey: ApiKey, reason: str = "", actor: audit.Actor) -> ApiKey:
    """Let a disabled key answer again. Raises `RefusedChange` for one that is not disabled, or revoked."""
    apikey = locked_key(apikey)
    if apikey.revoked_at:
        raise RefusedChange("A revoked key cannot be enabled again.")
    if not apikey.disabled_at:
        raise RefusedChange("This key is not disabled.")
    apikey.disabled_at, apikey.disabled_by_name, apikey.disabled_reason = None, "", ""
    apikey.save(update_fields=["disabled_at", "disabled_by_name", "disabled_reason"])
    tell(kinds.KEY_ENABLED, apikey, actor, reason=tidied_reason(reason))
    return apikey


@transaction.atomic
def revoke_key(*, apikey: ApiKey, reason: str = "", actor: audit.Actor) -> ApiKey:
    """Stop a key for good and keep it listed. Raises `RefusedChange` when somebody else has just done so."""
    apikey = locked_key(apikey)
    if apikey.revoked_at:
        raise RefusedChange("This key is revoked already.")
    apikey.revoked_at, apikey.revoked_by_name = timezone.now(), actor.name
    apikey.revoked_reason = tidied_reason(reason)
    keep_predecessor_of(apikey, actor)
    apikey.save(update_fields=["revoked_at", "revoked_by_name", "revoked_reason"])
    SealedCopy.objects.filter(key=apikey).delete()
    tell(kinds.KEY_REVOKED, apikey, actor, reason=apikey.revoked_reason)
    return apikey


@transaction.atomic
def delete_key(*, apikey: ApiKey, reason: str = "", actor: audit.Actor) -> None:
    """Take a key off the list for good. Its row stays, unlisted, so that later use of it can be told apart from noise.

    Raises `RefusedChange` when somebody else has just deleted it.
    """
    apikey = locked_key(apikey)
    apikey.deleted_at = timezone.now()
    if apikey.revoked_at is None:
        apikey.revoked_at, apikey.revoked_by_name = apikey.deleted_at, actor.name
        apikey.revoked_reason = tidied_reason(reason)
    keep_predecessor_of(apikey, actor)
    apikey.save(update_fields=["deleted_at", "revoked_at", "revoked_by_name", "revoked_reason"])
    SealedCopy.objects.filter(key=apikey).delete()
    tell(kinds.KEY_DELETED, apikey, actor, reason=tidied_reason(reason))


@transaction.atomic
def open_sealed_copy(*, apikey: ApiKey, actor: audit.Actor) -> str:
    """The key itself, for the clipboard of somebody who has just re-authenticated. Raises `RefusedChange`."""
    apikey = locked_key(apikey)
    copy = SealedCopy.objects.filter(key=apikey).first()
    if copy is None or apikey.status not in {"active", "expiring", "disabled"}:
        raise RefusedChange("There is no sealed copy of this key.")
    try:
        text = unseal(bytes(copy.sealed), number=copy.sealing_key, key_id=apikey.pk, team_id=apikey.team_id)
    except CannotUnseal as error:
        raise RefusedChange(f"The sealed copy cannot be opened. {error}") from None
    refuse_too_many_copies(apikey, actor)
    record(kinds.KEY_COPIED, apikey, actor)
    key_copied.send(sender=ApiKey, apikey=apikey, actor=actor)
    return text


def _make(
    *,
    team: Team,
    name: str,
    expires_at: datetime,
    owner: User | Group,
    actor: audit.Actor,
    created_by: User | None,
    keep_sealed_copy: bool,
    rate_limit: int | None,
    scopes: Iterable[str],
    networks: Collection[IPSubnet] | None,
    submission: UUID | None,
    predecessor: ApiKey | None,
    reason: str = "",
) -> GeneratedKey:
    rules.refuse_bad_expiry(team, expires_at)
    rules.refuse_bad_rate_limit(rate_limit)
    if keep_sealed_copy:
        rules.refuse_sealed_copy(team)
    made = new_key(settings.GATEHOUSE_KEY_PREFIX)
    pepper = newest_pepper()
    apikey = ApiKey(
        id=made.id,
        team=team,
        name=name,
        folded_name=folded(name),
        prefix=made.prefix,
        digest=digest(made.text, peppers()[pepper]),
        pepper=pepper,
        owner_user=owner if isinstance(owner, User) else None,
        owner_group=owner if isinstance(owner, Group) else None,
        created_by=created_by,
        created_by_name=actor.name,
        expires_at=expires_at,
        rate_limit=rate_limit,
        scopes=as_text(scopes),
        narrowed=networks is not None,
        predecessor=predecessor,
        submission=submission,
    )
    apikey.save(force_insert=True)
    KeyNetwork.objects.bulk_create(KeyNetwork(key=apikey, subnet=subnet) for subnet in networks or ())
    if keep_sealed_copy:
        number, sealed = seal(made.text, key_id=apikey.pk, team_id=team.pk)
        SealedCopy.objects.create(key=apikey, sealing_key=number, sealed=sealed)
    tell(
        kinds.KEY_ROTATED if predecessor else kinds.KEY_GENERATED,
        apikey,
        actor,
        expires_at=expires_at.isoformat(),
        owner=apikey.owner_label,
        sealed_copy=keep_sealed_copy,
        rate_limit=rate_limit,
        scopes=apikey.scope_list,
        networks=None if networks is None else in_words(networks),
        predecessor=predecessor.pk if predecessor else None,
        reason=tidied_reason(reason),
    )
    return GeneratedKey(apikey=apikey, text=made.text)


def _make_room_for_successor(apikey: ApiKey) -> None:
    """One successor at a time. One that was stopped for good (its text was lost, say) makes room for another."""
    successor = ApiKey.objects.filter(predecessor=apikey).first()
    if successor is None:
        return
    if successor.revoked_at is None:
        raise RefusedChange("This key has been rotated already: its successor is in the list.")
    successor.predecessor = None
    successor.save(update_fields=["predecessor"])
