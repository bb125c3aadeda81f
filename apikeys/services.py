"""The life of a key: keyword-only, atomic, audited, and announced to every gate."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apikeys import audit_kinds as kinds
from apikeys.digests import digest, newest_pepper, peppers
from apikeys.key_format import new_key
from apikeys.models import ApiKey, SealedCopy
from apikeys.names import BadName, clean_name, folded
from apikeys.sealing import CannotUnseal, seal, unseal
from teams import audit, policy_changes
from teams.errors import RefusedChange
from teams.models import Group, Team, User

MOST_PER_MINUTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """A new key and, this once, its text. `repr` does not show the text."""

    apikey: ApiKey
    text: str = field(repr=False)


class AlreadyGenerated(RefusedChange):
    """The same form was submitted before, and its key exists."""

    def __init__(self, apikey: ApiKey) -> None:
        super().__init__(
            f"This form has already generated the key “{apikey.name}”. It was shown in the answer to the first "
            "submission only; if you did not see it, delete that key and generate another."
        )
        self.apikey = apikey


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
    submission: UUID | None = None,
) -> GeneratedKey:
    """Make a key; `rate_limit` is in requests per minute.

    Raises `RefusedChange` for what cannot be, `AlreadyGenerated` for a form that comes twice.
    """
    team = Team.objects.select_for_update().get(pk=team.pk)
    _refuse_second_submission(submission)
    try:
        name = clean_name(name)
    except BadName as error:
        raise RefusedChange(str(error), field="name") from None
    if team.keys.live().filter(folded_name=folded(name)).exists():
        raise RefusedChange(f"A live key of this team is already called “{name}”.", field="name")
    return _make(
        team=team,
        name=name,
        expires_at=expires_at,
        owner=owner,
        actor=actor,
        created_by=created_by,
        keep_sealed_copy=keep_sealed_copy,
        rate_limit=rate_limit,
        submission=submission,
        predecessor=None,
    )


@transaction.atomic
def rotate_key(
    *,
    apikey: ApiKey,
    expires_at: datetime,
    actor: audit.Actor,
    created_by: User | None = None,
    submission: UUID | None = None,
) -> GeneratedKey:
    """Make the successor of a key: same name and owner. Both work until the old one is revoked.

    Raises `RefusedChange` for a key that is revoked or has a successor already.
    """
    team = Team.objects.select_for_update().get(pk=apikey.team_id)
    _refuse_second_submission(submission)
    apikey = _locked(apikey)
    if apikey.revoked_at:
        raise RefusedChange("A revoked key cannot be rotated; generate a new one instead.")
    if ApiKey.objects.filter(predecessor=apikey).exists():
        raise RefusedChange("This key has been rotated already: its successor is in the list.")
    return _make(
        team=team,
        name=apikey.name,
        expires_at=expires_at,
        owner=apikey.owner_group or _owner(apikey),
        actor=actor,
        created_by=created_by,
        keep_sealed_copy=SealedCopy.objects.filter(key=apikey).exists() and team.sealed_copies_allowed,
        rate_limit=apikey.rate_limit,
        submission=submission,
        predecessor=apikey,
    )


@transaction.atomic
def disable_key(*, apikey: ApiKey, reason: str, actor: audit.Actor) -> ApiKey:
    """Stop a key until it is enabled again. Raises `RefusedChange` when it is stopped already."""
    apikey = _locked(apikey)
    if apikey.revoked_at:
        raise RefusedChange("This key is revoked; there is nothing left to disable.")
    if apikey.disabled_at:
        raise RefusedChange("This key is disabled already.")
    apikey.disabled_at, apikey.disabled_by_name = timezone.now(), actor.name
    apikey.disabled_reason = _reason(reason)
    apikey.save(update_fields=["disabled_at", "disabled_by_name", "disabled_reason"])
    _tell(kinds.KEY_DISABLED, apikey, actor, reason=apikey.disabled_reason)
    return apikey


@transaction.atomic
def enable_key(*, apikey: ApiKey, actor: audit.Actor) -> ApiKey:
    """Let a disabled key answer again. Raises `RefusedChange` for one that is not disabled, or revoked."""
    apikey = _locked(apikey)
    if apikey.revoked_at:
        raise RefusedChange("A revoked key cannot be enabled again.")
    if not apikey.disabled_at:
        raise RefusedChange("This key is not disabled.")
    apikey.disabled_at, apikey.disabled_by_name, apikey.disabled_reason = None, "", ""
    apikey.save(update_fields=["disabled_at", "disabled_by_name", "disabled_reason"])
    _tell(kinds.KEY_ENABLED, apikey, actor)
    return apikey


@transaction.atomic
def revoke_key(*, apikey: ApiKey, reason: str = "", actor: audit.Actor) -> ApiKey:
    """Stop a key for good and keep it listed. Raises `RefusedChange` when somebody else has just done so."""
    apikey = _locked(apikey)
    if apikey.revoked_at:
        raise RefusedChange("This key is revoked already.")
    apikey.revoked_at, apikey.revoked_by_name = timezone.now(), actor.name
    apikey.revoked_reason = _reason(reason)
    apikey.save(update_fields=["revoked_at", "revoked_by_name", "revoked_reason"])
    SealedCopy.objects.filter(key=apikey).delete()
    _tell(kinds.KEY_REVOKED, apikey, actor, reason=apikey.revoked_reason)
    return apikey


@transaction.atomic
def delete_key(*, apikey: ApiKey, reason: str = "", actor: audit.Actor) -> None:
    """Take a key off the list for good. Its row stays, unlisted, so that later use of it can be told apart from noise.

    Raises `RefusedChange` when somebody else has just deleted it.
    """
    apikey = _locked(apikey)
    apikey.deleted_at = timezone.now()
    if apikey.revoked_at is None:
        apikey.revoked_at, apikey.revoked_by_name = apikey.deleted_at, actor.name
        apikey.revoked_reason = _reason(reason)
    apikey.save(update_fields=["deleted_at", "revoked_at", "revoked_by_name", "revoked_reason"])
    SealedCopy.objects.filter(key=apikey).delete()
    _tell(kinds.KEY_DELETED, apikey, actor, reason=_reason(reason))


@transaction.atomic
def open_sealed_copy(*, apikey: ApiKey, actor: audit.Actor) -> str:
    """The key itself, for the clipboard of somebody who has just re-authenticated. Raises `RefusedChange`."""
    apikey = _locked(apikey)
    copy = SealedCopy.objects.filter(key=apikey).first()
    if copy is None or apikey.status not in {"active", "expiring", "disabled"}:
        raise RefusedChange("There is no sealed copy of this key.")
    try:
        text = unseal(bytes(copy.sealed), number=copy.sealing_key, key_id=apikey.pk, team_id=apikey.team_id)
    except CannotUnseal as error:
        raise RefusedChange(f"The sealed copy cannot be opened. {error}") from None
    _record(kinds.KEY_COPIED, apikey, actor)
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
    submission: UUID | None,
    predecessor: ApiKey | None,
) -> GeneratedKey:
    _refuse_bad_expiry(team, expires_at)
    if rate_limit is not None and not 1 <= rate_limit <= MOST_PER_MINUTE:
        raise RefusedChange(f"A rate limit is 1 to {MOST_PER_MINUTE:,} requests per minute.", field="rate_limit")
    if keep_sealed_copy and not team.sealed_copies_allowed:
        raise RefusedChange("This team does not allow sealed copies.", field="keep_sealed_copy")
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
        predecessor=predecessor,
        submission=submission,
    )
    apikey.save(force_insert=True)
    if keep_sealed_copy:
        number, sealed = seal(made.text, key_id=apikey.pk, team_id=team.pk)
        SealedCopy.objects.create(key=apikey, sealing_key=number, sealed=sealed)
    _tell(
        kinds.KEY_ROTATED if predecessor else kinds.KEY_GENERATED,
        apikey,
        actor,
        expires_at=expires_at.isoformat(),
        owner=apikey.owner_label,
        sealed_copy=keep_sealed_copy,
        rate_limit=rate_limit,
        predecessor=predecessor.pk if predecessor else None,
    )
    return GeneratedKey(apikey=apikey, text=made.text)


def _refuse_second_submission(submission: UUID | None) -> None:
    """Called with the team's row locked, so that of two submissions at once the second sees the first's key."""
    earlier = ApiKey.objects.filter(submission=submission).first() if submission else None
    if earlier:
        raise AlreadyGenerated(earlier)


def _refuse_bad_expiry(team: Team, expires_at: datetime) -> None:
    now = timezone.now()
    if expires_at <= now:
        raise RefusedChange("The expiration must be in the future.", field="expires_on")
    if expires_at > now + timedelta(days=team.max_key_lifetime_days):
        raise RefusedChange(
            f"Keys of this team live at most {team.max_key_lifetime_days} days.",
            field="expires_on",
        )


def _locked(apikey: ApiKey) -> ApiKey:
    current = (
        ApiKey.objects.listed()
        .select_for_update(of=("self",))
        .select_related("team", "owner_user", "owner_group")
        .filter(pk=apikey.pk)
        .first()
    )
    if current is None:
        raise RefusedChange(f"The key “{apikey.name}” has been deleted already.")
    return current


def _owner(apikey: ApiKey) -> User:
    if apikey.owner_user is None:
        raise LookupError(f"Key {apikey.pk} has no owner.")
    return apikey.owner_user


def _reason(text: str) -> str:
    return " ".join(text.split())[:200]


def _record(kind: str, apikey: ApiKey, actor: audit.Actor, **details: object) -> None:
    audit.record(
        kind=kind,
        actor=actor,
        team=apikey.team,
        object_id=apikey.pk,
        object_name=apikey.name,
        details=details,
    )


def _tell(kind: str, apikey: ApiKey, actor: audit.Actor, **details: object) -> None:
    _record(kind, apikey, actor, **details)
    policy_changes.announce(team_id=apikey.team_id, key_id=apikey.pk)
