"""Writing, reading aloud and verifying the audit trail.

Each event is written in the transaction of the change it records. The events of a team form one chain: an event's
hash covers the hash of the event before it, so a row that is altered, removed or slipped in breaks every later link.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from teams.models import AuditChainHead, AuditEvent, Team, User

INSTALLATION_CHAIN = "installation"
GENESIS = "0" * 64


_phrases: dict[str, str] = {}
_PLACE = re.compile(r"\{(\w+)\}")


def kind(code: str, phrase: str) -> str:
    """Register a kind of event with the words that tell it.

    `{object}` stands for the name of what it happened to, any other name in braces for what the details say of it.
    """
    _phrases[code] = phrase
    return code


def kinds() -> dict[str, str]:
    """Every registered kind with its phrase."""
    return dict(_phrases)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, from where and in which request. Passed to every service."""

    name: str
    user_id: int | None = None
    address: str = ""
    via: str = "console"
    request_id: str = ""

    @classmethod
    def of_request(cls, request: HttpRequest) -> "Actor":
        user = request.user
        return cls(
            name=str(user) if user.is_authenticated else "Somebody not signed in",
            user_id=user.pk,
            address=request.META.get("REMOTE_ADDR", ""),
            request_id=request.META.get("gatehouse.request_id", ""),
        )

    @classmethod
    def command_line(cls) -> "Actor":
        return cls(name="Command line", via="command line")

    @classmethod
    def housekeeping(cls) -> "Actor":
        """What happens by itself, because its time has come."""
        return cls(name="Gatehouse", via="housekeeping")


def record(
    *,
    kind: str,
    actor: Actor,
    team: Team | None,
    object_id: str = "",
    object_name: str = "",
    details: Mapping[str, object] | None = None,
) -> AuditEvent:
    """Append one event to the team's chain, inside the caller's transaction. Never pass a secret in `details`."""
    if kind not in _phrases:
        raise LookupError(f"The audit kind {kind!r} is not registered.")
    with transaction.atomic(durable=False):
        chain = chain_of(team)
        AuditChainHead.objects.bulk_create([AuditChainHead(chain=chain)], ignore_conflicts=True)
        head = AuditChainHead.objects.select_for_update().get(chain=chain)
        event = AuditEvent(
            chain=chain,
            seq=head.seq + 1,
            at=timezone.now(),
            team_id=team.pk if team else None,
            team_name=team.name if team else "",
            actor_id=actor.user_id,
            actor_name=actor.name,
            actor_address=actor.address,
            via=actor.via,
            request_id=actor.request_id,
            kind=kind,
            object_id=object_id,
            object_name=object_name,
            details=dict(details or {}),
            previous_hash=head.hash,
        )
        event.hash = link_hash(event)
        event.save()
        head.seq, head.hash = event.seq, event.hash
        head.save()
    return event


def chain_of(team: Team | None) -> str:
    """The chain of a team; of the installation for None."""
    return f"team-{team.pk}" if team else INSTALLATION_CHAIN


def record_for_people(*, kind: str, actor: Actor, user: User, details: Mapping[str, object] | None = None) -> None:
    """Append one event about a person (not about a team) to the chain of the installation."""
    record(kind=kind, actor=actor, team=None, object_id=str(user.pk), object_name=user.email, details=details)


def link_hash(event: AuditEvent) -> str:
    """SHA-256 in hexadecimal over the previous link's hash and the event's fields as canonical JSON."""
    fields = {
        field.attname: getattr(event, field.attname)
        for field in AuditEvent._meta.concrete_fields
        if field.attname not in {"id", "hash"}
    }
    fields["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class BrokenLink:
    chain: str
    seq: int
    problem: str

    def __str__(self) -> str:
        return f"{self.chain}, event {self.seq}: {self.problem}"


def verify() -> Iterator[BrokenLink]:
    """The first broken link of each chain that has one."""
    chains = set(AuditChainHead.objects.values_list("chain", flat=True))
    chains |= set(AuditEvent.objects.order_by().values_list("chain", flat=True).distinct())
    for chain in sorted(chains):
        broken = _first_broken_link(chain)
        if broken:
            yield broken


def _first_broken_link(chain: str) -> BrokenLink | None:
    """The head is read before the events and after: what is written meanwhile lies between the two."""
    before = _head(chain)
    seq, previous = 0, GENESIS
    for event in AuditEvent.objects.filter(chain=chain).order_by("seq").iterator(chunk_size=1000):
        seq += 1
        if event.seq != seq:
            return BrokenLink(chain, seq, f"is missing; the next one there is event {event.seq}")
        if event.previous_hash != previous:
            return BrokenLink(chain, seq, "does not continue the event before it")
        if event.hash != link_hash(event):
            return BrokenLink(chain, seq, "was altered after it was written")
        if seq == before.seq and event.hash != before.hash:
            return BrokenLink(chain, seq, "is not the one that was written there")
        previous = event.hash
    if seq < before.seq:
        return BrokenLink(chain, seq + 1, "is missing at the end of the chain")
    after = _head(chain)
    if seq > after.seq:
        return BrokenLink(chain, after.seq + 1, "was slipped in at the end of the chain")
    return None


def _head(chain: str) -> AuditChainHead:
    return AuditChainHead.objects.filter(chain=chain).first() or AuditChainHead(chain=chain)


def sentence(event: AuditEvent) -> str:
    """The event in words a person reads: "Ann Lee revoked key Backtesting-Alpha-Bot from 198.51.100.7"."""
    phrase = _phrases.get(event.kind, event.kind + " {object}")
    told = {**event.details, "object": event.object_name}
    words = f"{event.actor_name} {_PLACE.sub(lambda place: str(told.get(place[1], '')), phrase)}"
    return f"{words} from {event.actor_address}" if event.actor_address else words


def changes(event: AuditEvent) -> list[tuple[str, str, str]]:
    """What the details say was altered: each setting's name, what it was before and what it is now."""
    before, after = event.details.get("before"), event.details.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    labels = {field.name: str(getattr(field, "verbose_name", field.name)) for field in Team._meta.get_fields()}
    altered = [name for name in after if before.get(name) != after[name]]
    return [(labels.get(name, name), str(before.get(name, "")), str(after[name])) for name in altered]
