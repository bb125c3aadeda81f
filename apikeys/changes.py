"""What every change of a key begins and ends with."""

from apikeys.models import ApiKey
from teams import audit, policy_changes
from teams.errors import RefusedChange
from teams.models import User
from teams.texts import printable


def locked_key(apikey: ApiKey) -> ApiKey:
    """The key as it is now, locked until the transaction ends. Raises `RefusedChange` for one that is deleted."""
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
