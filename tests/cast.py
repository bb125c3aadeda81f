"""The people and teams that every test knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from apikeys.models import ApiKey
from apikeys.services import GeneratedKey, generate_key
from console.models import Refusal
from ipsubnets.addresses import parse_address
from ipsubnets.models import AddressDay, IPSubnet, as_key
from ipsubnets.networks import parse_network
from ipsubnets.services import create_subnet
from teams.audit import Actor
from teams.models import AuditEvent, Group, Team, User
from teams.permissions import Role
from teams.services import add_member, create_team

PASSWORD = "correct horse battery staple"
BY_TESTS = Actor(name="The tests", via="command line")


@dataclass(frozen=True)
class Cast:
    acme: Team
    ann: User
    dev: User
    olga: User
    vic: User
    globex: Team
    mallory: User

    def person(self, name: str) -> User:
        found = getattr(self, name)
        assert isinstance(found, User)
        return found


def make_cast() -> Cast:
    """Ann (admin), Dev (developer), Olga (ops) and Vic (viewer) of Acme Research; Mallory, admin of Globex."""
    acme = create_team(name="Acme Research", slug="acme", actor=BY_TESTS)
    globex = create_team(name="Globex", slug="globex", actor=BY_TESTS)
    return Cast(
        acme=acme,
        ann=_member(acme, "ann@acme.example", "Ann Lee", Role.ADMIN),
        dev=_member(acme, "dev@acme.example", "Dev Patel", Role.DEVELOPER),
        olga=_member(acme, "olga@acme.example", "Olga Ops", Role.OPS),
        vic=_member(acme, "vic@acme.example", "Vic Viewer", Role.VIEWER),
        globex=globex,
        mallory=_member(globex, "mallory@globex.example", "Mallory", Role.ADMIN),
    )


def _member(team: Team, email: str, name: str, role: Role) -> User:
    user = User.objects.create_user(email, PASSWORD, full_name=name)
    add_member(team=team, user=user, role=role, actor=BY_TESTS)
    return user


def make_key(
    team: Team,
    owner: User | Group,
    name: str = "Backtesting-Alpha-Bot",
    *,
    days: float = 90,
    sealed: bool = False,
    scopes: Sequence[str] = ("datasets:read",),
) -> GeneratedKey:
    return generate_key(
        team=team,
        name=name,
        expires_at=timezone.now() + timedelta(days=days),
        owner=owner,
        keep_sealed_copy=sealed,
        scopes=scopes,
        actor=BY_TESTS,
    )


def refused(apikey: ApiKey, address: str, *, code: str = "ip_not_allowed", requests: int = 3) -> Refusal:
    """What the usage counter writes of refused requests."""
    parsed = parse_address(address)
    assert parsed
    now = timezone.now()
    return Refusal.objects.create(
        team=apikey.team,
        key=apikey,
        address=parsed.text,
        version=parsed.version,
        value=as_key(parsed.value),
        code=code,
        reason="" if code == "ip_not_allowed" else "expired",
        requests=requests,
        first_at=now - timedelta(hours=2),
        last_at=now,
        last_request_id="0" * 24,
        last_path="/api/v1/datasets",
        last_user_agent="curl/8.5.0",
    )


def used_from(apikey: ApiKey, address: str, *, requests: int = 10, days_ago: int = 0) -> AddressDay:
    """What the usage counter writes of requests that were let through."""
    parsed = parse_address(address)
    assert parsed
    then = timezone.now() - timedelta(days=days_ago)
    return AddressDay.objects.create(
        team=apikey.team,
        key_id=apikey.pk,
        address=parsed.text,
        version=parsed.version,
        value=as_key(parsed.value),
        day=then.date(),
        requests=requests,
        last_at=then,
    )


def list_network(team: Team, network: str, label: str = "", *, hours: float | None = None) -> IPSubnet:
    return create_subnet(
        team=team,
        network=parse_network(network),
        label=label,
        expires_at=timezone.now() + timedelta(hours=hours) if hours else None,
        wide_confirmed=True,
        actor=BY_TESTS,
    )


def changes() -> int:
    """How many changes the audit trail tells of: refusals of changes are in it too."""
    return AuditEvent.objects.exclude(kind__startswith="access.").count()
