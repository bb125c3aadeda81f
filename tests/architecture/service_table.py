"""Every service that changes something: how to call it, the kind of event it writes, and which gates it tells."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from apikeys import leaks, limiting, network_binding, ownership, renaming, retirement
from apikeys import sealed_copy_rule as sealed_copies
from apikeys import services as keys
from apikeys.models import ApiKey
from console.datasets import subscriptions
from console.datasets.models import Dataset, Subscription
from ipsubnets import observing, trials
from ipsubnets import services as networks
from ipsubnets.lint import fixes
from ipsubnets.lint.linter import lint
from ipsubnets.models import IPSubnet
from ipsubnets.networks import parse_network
from teams import first_run
from teams import services as teams
from teams.models import Group, User
from teams.permissions import Role
from teams.services.invitations import NewInvitation
from tests.cast import BY_TESTS, PASSWORD, Cast, list_network, make_key

FIVE_MINUTES = timedelta(minutes=5)
EVERYTHING = ""
"""In place of a key's ID: all that a gate knows of the team."""

Announced = list[tuple[int, str]]


@dataclass(frozen=True)
class World:
    """Acme with something of everything, Globex suspended and strict, and two who are invited to Acme."""

    cast: Cast
    key: ApiKey
    key_text: str
    disabled: ApiKey
    retiring: ApiKey
    subnet: IPSubnet
    tried: IPSubnet
    dataset: Dataset
    subscription: Subscription
    quants: Group
    interns: Group
    newcomer: User
    newcomers_invitation: NewInvitation
    guests_invitation: NewInvitation
    set_up_token: str
    operators: list[User]
    retired: User


def make_world(cast: Cast) -> World:
    User.objects.update(password=make_password(None))  # a set-up link works until somebody can sign in
    set_up_token = first_run.offer_set_up()
    assert set_up_token
    disabled = make_key(cast.acme, cast.dev, "disabled").apikey
    quants = teams.create_group(team=cast.acme, name="Quants", actor=BY_TESTS)
    teams.add_to_group(group=quants, user=cast.dev, actor=BY_TESTS)
    make_key(cast.acme, quants, "of the quants")
    make_key(cast.globex, cast.mallory)
    sealed_copies.forbid_sealed_copies(team=cast.globex, actor=BY_TESTS)
    observing.observe(team=cast.globex, length=timedelta(days=1), actor=BY_TESTS)
    teams.suspend_team(team=cast.globex, actor=BY_TESTS)
    teams.require_second_factor(team=cast.globex, grace=timedelta(days=7), actor=BY_TESTS)
    generated = make_key(cast.acme, cast.dev, sealed=True)
    retiring = make_key(cast.acme, cast.ann, "retiring").apikey
    in_an_hour = retirement.Retirement(at=timezone.now() + timedelta(hours=1))
    keys.rotate_key(apikey=retiring, expires_at=later(), retirement=in_an_hour, actor=BY_TESTS)
    return World(
        cast=cast,
        retiring=retiring,
        key=generated.apikey,
        key_text=generated.text,
        disabled=keys.disable_key(apikey=disabled, reason="", actor=BY_TESTS),
        subnet=list_network(cast.acme, "203.0.113.0/24"),
        tried=trials.try_addition(subnet=list_network(cast.acme, "192.0.2.0/24"), within=FIVE_MINUTES, actor=BY_TESTS),
        dataset=Dataset.objects.create(id="more", name="More"),
        subscription=cast.acme.subscriptions.get(dataset="us-equity-taq"),
        quants=quants,
        interns=teams.create_group(team=cast.acme, name="Interns", actor=BY_TESTS),
        newcomer=User.objects.create_user("new@acme.example"),
        newcomers_invitation=invited(cast, "new@acme.example"),
        guests_invitation=invited(cast, "guest@acme.example"),
        set_up_token=set_up_token,
        operators=[teams.add_operator(email=f"{name}@ops.example", password=None, actor=BY_TESTS) for name in "ab"],
        retired=User.objects.create_user("retired@acme.example", is_active=False),
    )


def invited(cast: Cast, email: str) -> NewInvitation:
    return teams.invite(team=cast.acme, email=email, role=Role.VIEWER, actor=BY_TESTS)


def later() -> datetime:
    return timezone.now() + timedelta(days=30)


@dataclass(frozen=True)
class Service:
    call: Callable[[World], Any]
    kinds: set[str]
    announces: Callable[[World, Any], Announced]
    """What is announced, given what the service returned."""
    to_be_sure: bool = False
    """Whether it announces without asking itself whether it has altered anything."""


def silent(world: World, result: Any) -> Announced:
    """It alters nothing that a gate decides by."""
    return []


def the_key(world: World, result: Any) -> Announced:
    return [(world.cast.acme.pk, world.key.pk)]


def the_new_key(world: World, result: Any) -> Announced:
    return [(world.cast.acme.pk, result.apikey.pk)]


def the_team(world: World, result: Any) -> Announced:
    return [(world.cast.acme.pk, EVERYTHING)]


MODULES = {
    "observing": observing,
    "trials": trials,
    "keys": keys,
    "leaks": leaks,
    "networks": networks,
    "subscriptions": subscriptions,
    "teams": teams,
    "ownership": ownership,
    "renaming": renaming,
    "limiting": limiting,
    "network_binding": network_binding,
    "fixes": fixes,
    "retirement": retirement,
    "sealed_copies": sealed_copies,
    "first_run": first_run,
}


def by(
    name: str,
    kinds: str,
    announces: Callable[[World, Any], Announced],
    /,
    *,
    to_be_sure: bool = False,
    **arguments: Any,
) -> tuple[str, Service]:
    """A service of one of the apps; an argument that is a function is given the world."""
    app, _, function = name.partition(".")
    service = getattr(MODULES[app], function)

    def call(world: World) -> Any:
        given = {key: value(world) if callable(value) else value for key, value in arguments.items()}
        return service(**given, actor=BY_TESTS)

    return f"{service.__module__}.{function}", Service(call, set(kinds.split()), announces, to_be_sure)


def acme(world: World) -> Any:
    return world.cast.acme


def globex(world: World) -> Any:
    return world.cast.globex


def key(world: World) -> Any:
    return world.key


TABLE: dict[str, Service] = dict(
    [
        by(
            "keys.generate_key",
            "key.generated",
            the_new_key,
            team=acme,
            name="New",
            owner=lambda w: w.cast.dev,
            expires_at=lambda _: later(),
        ),
        by("keys.rotate_key", "key.rotated", the_new_key, apikey=key, expires_at=lambda _: later()),
        by("keys.disable_key", "key.disabled", the_key, apikey=key, reason=""),
        by(
            "keys.enable_key",
            "key.enabled",
            lambda w, _: [(w.cast.acme.pk, w.disabled.pk)],
            apikey=lambda w: w.disabled,
        ),
        by("renaming.rename_key", "key.renamed", the_key, apikey=key, name="Another"),
        by("limiting.limit_key", "key.limited", the_key, apikey=key, rate_limit=60),
        by(
            "network_binding.bind_key",
            "key.bound",
            lambda w, _: [(w.cast.acme.pk, EVERYTHING), (w.cast.acme.pk, w.key.pk)],
            apikey=key,
            networks=lambda w: [w.subnet.pk],
        ),
        by("keys.revoke_key", "key.revoked", the_key, apikey=key),
        by("keys.delete_key", "key.deleted", the_key, apikey=key),
        by(
            "leaks.report_leak",
            "key.leaked key.disabled",
            the_key,
            text=lambda w: w.key_text,
            found_at="https://paste.example/1",
        ),
        by(
            "retirement.plan_retirement",
            "key.retirement_planned",
            lambda w, _: [(w.cast.acme.pk, w.retiring.pk)],
            apikey=lambda w: w.retiring,
            retirement=lambda _: retirement.Retirement(at=later()),
        ),
        by(
            "retirement.cancel_retirement",
            "key.retirement_cancelled",
            lambda w, _: [(w.cast.acme.pk, w.retiring.pk)],
            apikey=lambda w: w.retiring,
        ),
        by("keys.open_sealed_copy", "key.copied", silent, apikey=key),
        by(
            "ownership.hand_over_keys",
            "key.handed_over",
            lambda w, _: sorted((w.cast.acme.pk, apikey.pk) for apikey in (w.key, w.disabled)),
            team=acme,
            owner=lambda w: w.cast.dev,
            heir=lambda w: w.cast.ann,
        ),
        by("ownership.hand_over_key", "key.handed_over", the_key, apikey=key, heir=lambda w: w.quants),
        by("sealed_copies.forbid_sealed_copies", "sealed_copies.forbidden", silent, team=acme),
        by("sealed_copies.allow_sealed_copies", "sealed_copies.allowed", silent, team=globex),
        by(
            "networks.create_subnet",
            "subnet.created",
            the_team,
            team=acme,
            network=lambda _: parse_network("198.51.100.0/24"),
        ),
        by(
            "trials.create_subnet",
            "subnet.created subnet.trial_started",
            lambda w, _: [(w.cast.acme.pk, EVERYTHING)] * 2,
            team=acme,
            network=lambda _: parse_network("198.51.100.0/24"),
            within=timedelta(minutes=5),
        ),
        by(
            "trials.try_addition",
            "subnet.trial_started",
            the_team,
            subnet=lambda w: w.subnet,
            within=timedelta(minutes=5),
        ),
        by(
            "trials.try_removal",
            "subnet.trial_started",
            the_team,
            subnet=lambda w: w.subnet,
            within=timedelta(minutes=5),
        ),
        by("trials.confirm", "subnet.trial_confirmed", the_team, subnet=lambda w: w.tried),
        by("trials.revert", "subnet.trial_reverted", the_team, subnet=lambda w: w.tried),
        by("observing.observe", "networks.observed", the_team, team=acme, length=timedelta(days=1)),
        by("observing.enforce", "networks.enforced", lambda w, _: [(w.cast.globex.pk, EVERYTHING)], team=globex),
        by(
            "fixes.apply_fix",
            "subnet.deleted",
            the_team,
            team=acme,
            finding_id=lambda w: next(f.id for f in lint(w.cast.acme) if f.about[0].id == w.subnet.pk),
        ),
        by("networks.delete_subnet", "subnet.deleted", the_team, subnet=lambda w: w.subnet),
        by(
            "subscriptions.grant_subscription",
            "subscription.granted",
            the_team,
            team=acme,
            dataset=lambda w: w.dataset,
        ),
        by("subscriptions.end_subscription", "subscription.ended", the_team, subscription=lambda w: w.subscription),
        by(
            "subscriptions.set_end",
            "subscription.end_set",
            the_team,
            subscription=lambda w: w.subscription,
            ends_at=lambda _: later(),
        ),
        by("teams.create_team", "team.created", silent, name="Initech"),
        by("teams.change_team", "team.changed", silent, team=acme, name="Acme Labs", max_key_lifetime_days=7),
        by("teams.require_second_factor", "team.second_factor_required", silent, team=acme, grace=timedelta(days=1)),
        by("teams.stop_requiring_second_factor", "team.second_factor_optional", silent, team=globex),
        by("teams.suspend_team", "team.suspended", the_team, team=acme),
        by("teams.resume_team", "team.resumed", lambda w, _: [(w.cast.globex.pk, EVERYTHING)], team=globex),
        by("teams.delete_team", "team.deleted", the_team, team=acme),
        by("teams.add_member", "member.added", silent, team=acme, user=lambda w: w.newcomer, role=Role.VIEWER),
        by("teams.change_role", "member.role_changed", silent, team=acme, user=lambda w: w.cast.dev, role=Role.OPS),
        by("teams.remove_member", "member.removed", silent, team=acme, user=lambda w: w.cast.vic),
        by("teams.create_group", "group.created", silent, team=acme, name="Traders"),
        by("teams.rename_group", "group.renamed", silent, group=lambda w: w.quants, name="Research"),
        by("teams.add_to_group", "group.member_added", silent, group=lambda w: w.quants, user=lambda w: w.cast.ann),
        by(
            "teams.remove_from_group",
            "group.member_removed",
            silent,
            group=lambda w: w.quants,
            user=lambda w: w.cast.dev,
        ),
        by("teams.delete_group", "group.deleted", silent, group=lambda w: w.interns),
        by("teams.invite", "invitation.sent", silent, team=acme, email="third@acme.example", role=Role.OPS),
        by("teams.renew_invitation", "invitation.renewed", silent, invitation=lambda w: w.guests_invitation.invitation),
        by(
            "teams.withdraw_invitation",
            "invitation.withdrawn",
            silent,
            invitation=lambda w: w.guests_invitation.invitation,
        ),
        by(
            "first_run.set_up",
            "team.set_up operator.first",
            the_team,
            to_be_sure=True,
            token=lambda w: w.set_up_token,
            name="Acme Labs",
            email="ann@labs.example",
            full_name="Ann Lee",
            password=PASSWORD,
        ),
        by(
            "teams.add_person",
            "person.added",
            silent,
            email="third@acme.example",
            full_name="The Third",
            password=PASSWORD,
        ),
        by("teams.add_operator", "operator.added", silent, email="c@ops.example", password=PASSWORD),
        by("teams.deactivate_person", "person.deactivated", silent, user=lambda w: w.cast.vic),
        by("teams.reactivate_person", "person.reactivated", silent, user=lambda w: w.retired),
        by("teams.set_password", "password.set_by_operator", silent, user=lambda w: w.cast.vic, password=PASSWORD),
        by("teams.appoint_operator", "operator.appointed", silent, user=lambda w: w.cast.vic),
        by("teams.dismiss_operator", "operator.dismissed", silent, user=lambda w: w.operators[0]),
        by(
            "teams.accept_invitation",
            "invitation.accepted",
            silent,
            token=lambda w: w.newcomers_invitation.token,
            user=lambda w: w.newcomer,
        ),
        by(
            "teams.accept_as_new_person",
            "invitation.accepted",
            silent,
            token=lambda w: w.guests_invitation.token,
            full_name="A Guest",
            password=PASSWORD,
        ),
        by(
            "teams.change_profile",
            "profile.changed",
            silent,
            user=lambda w: w.cast.dev,
            full_name="Dev P.",
            time_zone="UTC",
        ),
    ]
)
