"""What every change of a key begins and ends with."""

from datetime import datetime

from apikeys import audit_kinds as kinds
from apikeys.ending import BY_ITSELF
from apikeys.models import ApiKey, SealedCopy
from teams import audit, policy_changes
from teams.errors import RefusedChange
from teams.models import User
from teams.texts import printable


def locked_key(apikey: ApiKey) -> ApiKey:
    """The key as it is now, locked until the transaction ends. Raises `RefusedChange` for one that is deleted.

    Whoever comes after the moment of a planned retirement finds the key revoked.
    """
    current = locked_if_listed(apikey.pk)
    if current is None:
        raise RefusedChange(f"The key “{apikey.name}” has been deleted already.")
    if current.retire_at is not None and current.retirement_is_due:
        retire(current, at=current.retire_at)
    return current


def locked_if_listed(key_id: str) -> ApiKey | None:
    """As it is in the database, locked until the transaction ends; None for one that is deleted."""
    return (
        ApiKey.objects.listed()
        .select_for_update(of=("self",))
        .select_related("team", "owner_user", "owner_group")
        .filter(pk=key_id)
        .first()
    )


def retire(apikey: ApiKey, *, at: datetime) -> None:
    """Write down that a key, which is locked, is revoked as planned: since `at`."""
    plan = {"planned_by": apikey.retirement_planned_by_name, "at": at.isoformat(timespec="seconds")}
    apikey.revoked_at, apikey.revoked_by_name = at, BY_ITSELF
    apikey.revoked_reason = apikey.retirement_reason
    apikey.save(update_fields=["revoked_at", "revoked_by_name", "revoked_reason"])
    SealedCopy.objects.filter(key=apikey).delete()
    tell(kinds.KEY_RETIRED, apikey, audit.Actor.housekeeping(), **plan, reason=apikey.revoked_reason)


def owner_of(apikey: ApiKey) -> User:
    """The member who owns it. Raises `LookupError` for a key that has no owner, which the database refuses."""
    if apikey.owner_user is None:
        raise LookupError(f"Key {apikey.pk} has no owner.")
    return apikey.owner_user


def tidied_reason(text: str) -> str:
    """Tidied and cut rather than refused: nobody's key stays alive for the wording of a reason."""
    return printable(text)[:200]


def record(kind: str, apikey: ApiKey, actor: audit.Actor, **details: object) -> None:
    audit.record(
        kind=kind,
        actor=actor,
        team=apikey.team,
        object_id=apikey.pk,
        object_name=apikey.name,
        details=details,
    )


def tell(kind: str, apikey: ApiKey, actor: audit.Actor, **details: object) -> None:
    record(kind, apikey, actor, **details)
    policy_changes.announce(team_id=apikey.team_id, key_id=apikey.pk)
