"""Rows as the management API tells of them."""

from typing import Any

from apikeys.changes import owner_of
from apikeys.ending import BY_ITSELF
from apikeys.models import ApiKey
from ipsubnets.models import IPSubnet
from teams import audit
from teams.models import AuditEvent, Group, Membership
from teams.timestamps import rfc3339

Json = dict[str, Any]


def key_json(apikey: ApiKey) -> Json:
    group = apikey.owner_group
    return {
        "id": apikey.pk,
        "name": apikey.name,
        "hint": apikey.hint,
        "status": apikey.status,
        "owner": {"group": group.slug} if group else {"member": owner_of(apikey).email},
        "owner_name": apikey.owner_label,
        "scopes": apikey.scope_list,
        "networks": sorted(binding.subnet_id for binding in apikey.bindings.all()) if apikey.narrowed else None,
        "rate_limit": apikey.rate_limit,
        "created_at": rfc3339(apikey.created_at),
        "created_by": apikey.created_by_name,
        "expires_at": rfc3339(apikey.expires_at),
        "disabled": {
            "at": rfc3339(apikey.disabled_at),
            "by": apikey.disabled_by_name,
            "reason": apikey.disabled_reason,
        }
        if apikey.disabled_at
        else None,
        "revoked": _revoked(apikey),
        "retires_at": rfc3339(apikey.retire_at),
        "predecessor": apikey.predecessor_id,
        "last_used_at": rfc3339(apikey.last_used_at),
        "last_used_from": apikey.last_used_from or None,
    }


def _revoked(apikey: ApiKey) -> Json | None:
    """By somebody, or as planned, whether or not that has been written down yet."""
    if apikey.revoked_at is not None:
        return {"at": rfc3339(apikey.revoked_at), "by": apikey.revoked_by_name, "reason": apikey.revoked_reason}
    if apikey.retirement_is_due:
        return {"at": rfc3339(apikey.retire_at), "by": BY_ITSELF, "reason": apikey.retirement_reason}
    return None


def subnet_json(subnet: IPSubnet) -> Json:
    return {
        "id": subnet.pk,
        "network": subnet.network,
        "label": subnet.label,
        "status": subnet.status,
        "created_at": rfc3339(subnet.created_at),
        "created_by": subnet.created_by_name,
        "expires_at": rfc3339(subnet.expires_at),
        "on_trial_until": rfc3339(subnet.trial_until) if subnet.trial_on else None,
    }


def member_json(membership: Membership, groups: list[str]) -> Json:
    return {
        "email": membership.user.email,
        "name": str(membership.user),
        "role": membership.role,
        "joined_at": rfc3339(membership.joined_at),
        "groups": groups,
    }


def group_json(group: Group) -> Json:
    return {
        "slug": group.slug,
        "name": group.name,
        "created_at": rfc3339(group.created_at),
        "members": sorted(person.email for person in group.members.all()),
    }


def event_json(event: AuditEvent) -> Json:
    return {
        "seq": event.seq,
        "at": rfc3339(event.at),
        "kind": event.kind,
        "sentence": audit.sentence(event),
        "actor": event.actor_name,
        "actor_address": event.actor_address,
        "via": event.via,
        "request_id": event.request_id,
        "object_id": event.object_id,
        "object_name": event.object_name,
        "details": event.details,
        "hash": event.hash,
    }
