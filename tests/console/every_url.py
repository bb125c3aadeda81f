"""Every URL of the console and what each kind of person gets there: the one table that tests of pages go through."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from django.urls import URLPattern, URLResolver, get_resolver

from ipsubnets.lint.linter import lint
from teams.models import Team, User
from teams.permissions import Role
from teams.services import create_group, invite
from tests.cast import BY_TESTS, Cast, list_network, make_key, refused

PEOPLE: Final = ("", "mallory", "vic", "olga", "dev", "ann")
"""Nobody signed in, an outsider, and Acme's viewer, ops, developer and admin: the columns of the table."""

REDIRECTS: Final = {
    "in": r"/accounts/login/\?next=.+",
    "login": r"/accounts/login/",
    "home": r"/",
    "list": r"/teams/\w+/authorization/(#refused-list)?",
    "profile": r"/settings/profile/",
    "security": r"/settings/security/",
    "prove": r"/accounts/reauthenticate/(\?next=.+)?",
    "sessions": r"/accounts/sessions/",
    "members": r"/teams/\w+/members/",
    "groups": r"/teams/\w+/groups/",
    "group": r"/teams/\w+/groups/[\w-]+/",
    "settings": r"/teams/\w+/settings/",
    "check": r"/teams/\w+/networks/check/",
    "key": r"/teams/\w+/keys/\w+/",
}
"""Words of the table, and where they lead. Everything else in it is a status."""

_PUBLIC: Final = "200 200 200 200 200 200"
_PERSONAL: Final = "in 200 200 200 200 200"
_WRONG_METHOD: Final = "405 405 405 405 405 405"
_GRAVE: Final = "in prove prove prove prove prove"
_NOT_HERE: Final = "404 404 404 404 404 404"
_NEEDS_A_KEY: Final = ("401 401 401 401 401 401", "401 401 401 401 401 401")
_CONFIRMED: Final = ("in 404 403 403 200 200", "in 404 403 403 list list")
"""Of the developer's own key: GET asks, POST does it."""
_ADMINS_FORM: Final = ("in 404 403 403 403 200", "in 404 403 403 403 422")
_ADMINS_SWITCH: Final = ("in 404 403 403 403 200", "in 404 403 403 403 settings")
_ADMINS_GRAVE: Final = ("in 404 403 403 403 prove", "in 404 403 403 403 prove")

_OPS_BUTTON: Final = ("in 404 403 list 403 list", "in 404 403 list 403 list")

_OPERATORS: Final = ("in 404 404 404 404 404", "in 404 404 404 404 404")
_OPERATORS_READ: Final = ("in 404 404 404 404 404", _WRONG_METHOD)
"""Of none of these people. What operators get there is in tests/operators/."""

# The key in these URLs is the developer's. Posts are empty: 422 says that a form is there and wants to be filled in.
TABLE: Final[dict[str, tuple[str, str]]] = {
    "": ("in list list list list list", _WRONG_METHOD),
    "settings/profile/": (_PERSONAL, "in 422 422 422 422 422"),
    "settings/security/": (_PERSONAL, _WRONG_METHOD),
    "leaks/": (_PUBLIC, "422 422 422 422 422 422"),
    "leaks/scanner/": (_WRONG_METHOD, _NOT_HERE),
    "api/docs/": (_PUBLIC, _WRONG_METHOD),
    "errors/<str:code>/": (_PUBLIC, _WRONG_METHOD),
    "teams/<slug:team_slug>/": ("in 404 list list list list", _WRONG_METHOD),
    "teams/<slug:team_slug>/authorization/": ("in 404 200 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/members/": ("in 404 200 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/members/invite/": _ADMINS_FORM,
    "teams/<slug:team_slug>/members/leave/": ("in 404 200 200 200 200", "in 404 home home 422 members"),
    "teams/<slug:team_slug>/members/<row:member_id>/role/": _ADMINS_FORM,
    "teams/<slug:team_slug>/members/<row:member_id>/remove/": (
        "in 404 403 403 403 200",
        "in 404 403 403 403 members",
    ),
    "teams/<slug:team_slug>/invitations/<slug:invitation_id>/resend/": (
        "in 404 403 403 403 200",
        "in 404 403 403 403 200",
    ),
    "teams/<slug:team_slug>/invitations/<slug:invitation_id>/withdraw/": (
        "in 404 403 403 403 200",
        "in 404 403 403 403 members",
    ),
    "teams/<slug:team_slug>/groups/": ("in 404 200 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/create-group/": _ADMINS_FORM,
    "teams/<slug:team_slug>/groups/<slug:group_slug>/": ("in 404 200 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/groups/<slug:group_slug>/rename/": _ADMINS_FORM,
    "teams/<slug:team_slug>/groups/<slug:group_slug>/add/": _ADMINS_FORM,
    "teams/<slug:team_slug>/groups/<slug:group_slug>/delete/": (
        "in 404 403 403 403 200",
        "in 404 403 403 403 groups",
    ),
    "teams/<slug:team_slug>/groups/<slug:group_slug>/<row:member_id>/remove/": (
        "in 404 403 403 403 200",
        "in 404 403 403 403 group",
    ),
    "teams/<slug:team_slug>/subscriptions/": ("in 404 200 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/activity.csv": ("in 404 403 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/activity.jsonl": ("in 404 403 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/activity/": ("in 404 403 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/dry-run/": ("in 404 403 200 403 200", "in 404 403 200 403 200"),
    "teams/<slug:team_slug>/refusals/": ("in 404 403 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/networks/check/": ("in 404 403 200 403 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/networks/check/<slug:finding_id>/fix/": (
        "in 404 403 200 403 200",
        "in 404 403 check 403 check",
    ),
    "teams/<slug:team_slug>/refusals/explain/": ("in 404 403 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/refusals/<row:refusal_id>/allow/": ("in 404 403 200 403 200", "in 404 403 422 403 422"),
    "teams/<slug:team_slug>/refusals/<row:refusal_id>/ignore/": (
        "in 404 403 list 403 list",
        "in 404 403 list 403 list",
    ),
    "teams/<slug:team_slug>/refusals/<row:refusal_id>/restore/": (
        "in 404 403 list 403 list",
        "in 404 403 list 403 list",
    ),
    "teams/<slug:team_slug>/settings/": _ADMINS_FORM,
    "teams/<slug:team_slug>/settings/allow-sealed-copies/": _ADMINS_SWITCH,
    "teams/<slug:team_slug>/settings/forbid-sealed-copies/": _ADMINS_SWITCH,
    "teams/<slug:team_slug>/settings/require-second-factor/": _ADMINS_FORM,
    "teams/<slug:team_slug>/settings/stop-requiring-second-factor/": _ADMINS_GRAVE,
    "teams/<slug:team_slug>/settings/observe/": _ADMINS_FORM,
    "teams/<slug:team_slug>/settings/enforce/": _ADMINS_SWITCH,
    "teams/<slug:team_slug>/settings/delete/": _ADMINS_GRAVE,
    "teams/<slug:team_slug>/settings/suspend/": _ADMINS_GRAVE,
    "teams/<slug:team_slug>/settings/resume/": _ADMINS_SWITCH,
    "teams/<slug:team_slug>/calendar/": ("in 404 200 200 200 200", "in 404 200 200 200 200"),
    "teams/<slug:team_slug>/calendar/revoke/": (
        "in 404 200 200 200 200",
        "in 404 profile profile profile profile",
    ),
    "calendar/<slug:token>.ics": (_NOT_HERE, _WRONG_METHOD),
    "invitations/<slug:token>/": ("200 403 403 403 403 403", "422 403 403 403 403 403"),
    "teams/<slug:team_slug>/keys/generate/": ("in 404 403 403 200 200", "in 404 403 403 422 422"),
    "teams/<slug:team_slug>/keys/<key:key_id>/": ("in 404 200 200 200 200", _WRONG_METHOD),
    "teams/<slug:team_slug>/keys/<key:key_id>/networks/": ("in 404 403 403 200 200", "in 404 403 403 422 422"),
    "teams/<slug:team_slug>/keys/<key:key_id>/rename/": ("in 404 403 403 200 200", "in 404 403 403 422 422"),
    "teams/<slug:team_slug>/keys/<key:key_id>/retire/": ("in 404 403 403 200 200", "in 404 403 403 422 422"),
    "teams/<slug:team_slug>/keys/<key:key_id>/retire/cancel/": ("in 404 403 403 key key", "in 404 403 403 key key"),
    "teams/<slug:team_slug>/keys/<slug:key_id>/copy/": ("in 404 list list list list", "in 404 list list list list"),
    "teams/<slug:team_slug>/keys/<slug:key_id>/rotate/": ("in 404 403 403 200 200", "in 404 403 403 422 422"),
    "teams/<slug:team_slug>/keys/<slug:key_id>/owner/": ("in 404 403 403 200 200", "in 404 403 403 422 422"),
    "teams/<slug:team_slug>/keys/<slug:key_id>/disable/": _CONFIRMED,
    "teams/<slug:team_slug>/keys/<slug:key_id>/enable/": _CONFIRMED,
    "teams/<slug:team_slug>/keys/<slug:key_id>/revoke/": _CONFIRMED,
    "teams/<slug:team_slug>/keys/<slug:key_id>/delete/": _CONFIRMED,
    "teams/<slug:team_slug>/networks/create/": ("in 404 403 200 403 200", "in 404 403 422 403 422"),
    "teams/<slug:team_slug>/networks/add-current/": ("in 404 403 list 403 list", "in 404 403 list 403 list"),
    "teams/<slug:team_slug>/networks/<slug:subnet_id>/confirm/": _OPS_BUTTON,
    "teams/<slug:team_slug>/networks/<slug:subnet_id>/revert/": _OPS_BUTTON,
    "teams/<slug:team_slug>/networks/<slug:subnet_id>/delete/": ("in 404 403 200 403 200", "in 404 403 list 403 list"),
    "accounts/login/": ("200 home home home home home", "200 home home home home home"),
    "accounts/logout/": ("login 200 200 200 200 200", "login login login login login login"),
    "accounts/reauthenticate/": (_PERSONAL, _PERSONAL),
    "accounts/password/change/": (_PERSONAL, _PERSONAL),
    "accounts/password/set/": (_GRAVE, _GRAVE),
    "accounts/password/reset/": (_PUBLIC, _PUBLIC),
    "accounts/password/reset/done/": (_PUBLIC, _WRONG_METHOD),
    "accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": (_PUBLIC, _PUBLIC),
    "accounts/password/reset/key/done/": (_PUBLIC, _WRONG_METHOD),
    "accounts/inactive/": (_PUBLIC, _WRONG_METHOD),
    "accounts/email/": (_GRAVE, _GRAVE),
    "accounts/confirm-email/<str:key>/": ("in 404 404 404 404 404", "in 404 404 404 404 404"),
    "accounts/2fa/": (
        "security security security security security security",
        "security security security security security security",
    ),
    "accounts/2fa/authenticate/": ("login home home home home home", "login home home home home home"),
    "accounts/2fa/reauthenticate/": (_GRAVE, _GRAVE),
    "accounts/2fa/totp/activate/": (_GRAVE, _GRAVE),
    "accounts/2fa/totp/deactivate/": (_GRAVE, "in 404 404 404 404 404"),
    "accounts/2fa/recovery-codes/": (_GRAVE, "in 405 405 405 405 405"),
    "accounts/2fa/recovery-codes/generate/": (_GRAVE, _GRAVE),
    "accounts/2fa/recovery-codes/download/": (_GRAVE, "in 404 404 404 404 404"),
    "accounts/passkeys/": (
        "security security security security security security",
        "security security security security security security",
    ),
    "accounts/passkeys/add/": (_GRAVE, _GRAVE),
    "accounts/passkeys/login/": ("login home home home home home", "login home home home home home"),
    "accounts/passkeys/reauthenticate/": (_GRAVE, _GRAVE),
    "accounts/passkeys/<int:pk>/rename/": (_GRAVE, _GRAVE),
    "accounts/passkeys/<int:pk>/remove/": (_GRAVE, _GRAVE),
    "accounts/sessions/": (_PERSONAL, "in sessions sessions sessions sessions sessions"),
    "accounts/sessions/<int:pk>/end/": (_WRONG_METHOD, "in 404 404 404 404 404"),
    "accounts/sso/": (_GRAVE, _GRAVE),
    "accounts/sso/start/": (_WRONG_METHOD, _NOT_HERE),
    "accounts/sso/callback/": (_NOT_HERE, _WRONG_METHOD),
    "accounts/sso/again/": ("in 404 404 404 404 404", _WRONG_METHOD),
    "accounts/sso/cancelled/": (_PUBLIC, _WRONG_METHOD),
    "accounts/sso/signup/": ("login login login login login login", "login login login login login login"),
    "setup/<slug:token>/": (_NOT_HERE, _NOT_HERE),
    "operators/teams/": _OPERATORS_READ,
    "operators/teams/create/": _OPERATORS,
    "operators/teams/<slug:slug>/add-admin/": _OPERATORS,
    "operators/teams/<slug:slug>/suspend/": _OPERATORS,
    "operators/teams/<slug:slug>/resume/": _OPERATORS,
    "operators/teams/<slug:slug>/subscriptions/": _OPERATORS_READ,
    "operators/teams/<slug:slug>/subscriptions/grant/": _OPERATORS,
    "operators/subscriptions/<slug:subscription_id>/end/": _OPERATORS,
    "operators/activity/": _OPERATORS_READ,
    "operators/activity.csv": _OPERATORS_READ,
    "operators/activity.jsonl": _OPERATORS_READ,
    "operators/admin/": _OPERATORS,
    "operators/admin/login/": _OPERATORS,
    "operators/admin/jsi18n/": _OPERATORS,
    "operators/admin/(?P<app_label>teams|apikeys|ipsubnets|console)/$": _OPERATORS,
    "operators/admin/teams/user/": _OPERATORS,
    "operators/admin/teams/user/add/": _OPERATORS,
    "operators/admin/teams/user/<path:object_id>/change/": _OPERATORS,
    "operators/admin/teams/user/<int:person_id>/password/": _OPERATORS,
    "operators/admin/teams/user/<int:person_id>/second-factors/": _OPERATORS,
    "operators/admin/teams/team/": _OPERATORS,
    "operators/admin/teams/team/<path:object_id>/change/": _OPERATORS,
    "operators/admin/teams/membership/": _OPERATORS,
    "operators/admin/teams/membership/<path:object_id>/change/": _OPERATORS,
    "operators/admin/teams/group/": _OPERATORS,
    "operators/admin/teams/group/<path:object_id>/change/": _OPERATORS,
    "operators/admin/teams/auditevent/": _OPERATORS,
    "operators/admin/teams/auditevent/<path:object_id>/change/": _OPERATORS,
    "operators/admin/console/dataset/": _OPERATORS,
    "operators/admin/console/dataset/<path:object_id>/change/": _OPERATORS,
    "operators/admin/console/subscription/": _OPERATORS,
    "operators/admin/console/subscription/<path:object_id>/change/": _OPERATORS,
    "operators/admin/apikeys/apikey/": _OPERATORS,
    "operators/admin/apikeys/apikey/<path:object_id>/change/": _OPERATORS,
    "operators/admin/ipsubnets/ipsubnet/": _OPERATORS,
    "operators/admin/ipsubnets/ipsubnet/<path:object_id>/change/": _OPERATORS,
    "api/v1/openapi.json": (_PUBLIC, _WRONG_METHOD),
    "api/v1/keys": _NEEDS_A_KEY,
    "api/v1/keys/<key:key_id>": _NEEDS_A_KEY,
    **{f"api/v1/keys/<key:key_id>/{change}": _NEEDS_A_KEY for change in ("rotate", "disable", "enable", "revoke")},
    "api/v1/verify": _NEEDS_A_KEY,
    "api/v1/subnets": _NEEDS_A_KEY,
    "api/v1/subnets/<key:subnet_id>": _NEEDS_A_KEY,
    "api/v1/members": _NEEDS_A_KEY,
    "api/v1/groups": _NEEDS_A_KEY,
    "api/v1/audit": _NEEDS_A_KEY,
    "api/v1": _NEEDS_A_KEY,
    "api/v1/": _NEEDS_A_KEY,
    "api/v1/datasets": _NEEDS_A_KEY,
    "api/v1/datasets/": _NEEDS_A_KEY,
    "api/v1/datasets/<str:dataset_id>": _NEEDS_A_KEY,
    "api/v1/datasets/<str:dataset_id>/": _NEEDS_A_KEY,
    "api/v1/datasets/<str:dataset_id>/rows": _NEEDS_A_KEY,
    "api/v1/datasets/<str:dataset_id>/rows/": _NEEDS_A_KEY,
}

_PARAMETER: Final = re.compile(r"<\w+:(\w+)>|\(\?P<(\w+)>[^)]*\)|\$$")


def every_route(patterns: Sequence[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """As the resolver itself names them (`ResolverMatch.route`)."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from every_route(pattern.url_patterns, route)


def pages() -> list[tuple[str, str]]:
    """Every page that there is, as who sees most of it (a name of `PEOPLE`) and, where they can, as nobody."""
    found = []
    for route, (get, _) in TABLE.items():
        if route.endswith((".csv", ".jsonl", ".json")):
            continue
        statuses = dict(zip(PEOPLE, get.split(), strict=True))
        found += [(route, person) for person in ("ann", "") if statuses[person] == "200"]
    return found


def path_of(route: str, **arguments: str) -> str:
    """A path that the route takes; `arguments` are for its parameters."""
    return "/" + _PARAMETER.sub(lambda match: arguments.get(match[1] or match[2] or "", ""), route)


def things_of_acme(cast: Cast) -> dict[str, str]:
    """For the parameters of the routes. The key is the developer's; the member is the viewer, who is in the group."""
    return things_of(cast.acme, owner=cast.dev, member=cast.vic)


def things_of(team: Team, *, owner: User, member: User) -> dict[str, str]:
    group = create_group(team=team, name=f"Quants of {team.name}", actor=BY_TESTS)
    group.members.add(member)
    invited = invite(team=team, email=f"new@{team.slug}.example", role=Role.VIEWER, actor=BY_TESTS)
    apikey = make_key(team, owner, f"Bot-of-{team.name}").apikey
    office = list_network(team, "198.51.100.0/24", "Office")
    return {
        "team_slug": team.slug,
        "slug": team.slug,
        "person_id": "1",
        "object_id": "1",
        "app_label": "teams",
        "key_id": apikey.pk,
        "subnet_id": office.pk,
        "finding_id": lint(team)[0].id,
        "member_id": str(member.pk),
        "group_slug": group.slug,
        "invitation_id": str(invited.invitation.pk),
        "token": invited.token,
        "refusal_id": str(refused(apikey, "203.0.113.9").pk),
        "subscription_id": team.subscriptions.all()[0].pk,
        "code": "ip_not_allowed",
        "dataset_id": "us-equity-taq",
        "uidb36": "1",
        "pk": "1",
        "key": "none-such",
    }
