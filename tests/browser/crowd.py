"""A team in which everything has the longest name there can be."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.browser.accounts import Account, fill, new_account
from tests.server import Gatehouse

CROWD = """
import json

from ipsubnets.lint.linter import lint

LONG = "W" * 64
change_team(team=team, name="W" * 100, max_key_lifetime_days=365, actor=BY_TESTS)
team.refresh_from_db()
User.objects.filter(pk=ann.pk).update(full_name="W" * 150)
ann.refresh_from_db()
domain = "@" + "w" * 50 + "." + team.slug + ".example"


def person(name, role=None, of=team):
    user = User.objects.create_user(name + domain, PASSWORD, full_name=name.title())
    if role:
        add_member(team=of, user=user, role=role, actor=BY_TESTS)
    return user


dev, viewer, newcomer = person("dev", Role.DEVELOPER), person("viewer", Role.VIEWER), person("newcomer")
globex = create_team(name="Globex", slug=team.slug + "-2", actor=BY_TESTS)
add_member(team=globex, user=ann, role=Role.VIEWER, actor=BY_TESTS)
group = create_group(team=team, name="G" * 100, actor=BY_TESTS)
add_to_group(group=group, user=dev, actor=BY_TESTS)
invited = invite(team=team, email=newcomer.email, role=Role.DEVELOPER, actor=BY_TESTS)

keys = [make_key(team, [ann, group][n % 2], f"{LONG[:61]}{n:03}", days=5 + 2 * n).apikey for n in range(27)]
revoke_key(apikey=keys[1], reason="r" * 200, actor=BY_TESTS)
disable_key(apikey=keys[26], reason="d" * 200, actor=BY_TESTS)
KeyUsage.objects.create(
    key=keys[25], last_used_at=timezone.now(), last_used_from="2001:db8:1234:5678:9abc:def0:1234:5678", requests=4
)
subnet = list_network(team, "2001:db8:1234:5678:9abc:def0:1234:5678", "L" * 100)
list_network(team, "203.0.113.0/24", "Office", hours=8)
refusal = refused(keys[26], "2001:db8:ffff:5678:9abc:def0:1234:5678")
refused(keys[1], "192.0.2.44", code="invalid_api_key")
print(json.dumps({
    "people": {"dev": dev.email, "viewer": viewer.email, "invited": newcomer.email},
    "parameters": {
        "key_id": keys[26].pk, "subnet_id": str(subnet.pk), "group_slug": group.slug,
        "member_id": str(team.memberships.get(user=dev).pk), "invitation_id": invited.invitation.pk,
        "token": invited.token, "refusal_id": str(refusal.pk), "finding_id": lint(team)[0].id, "code": "ip_not_allowed",
    },
}))
"""


@dataclass(frozen=True)
class Crowd:
    """A team in which everything has the longest name there can be."""

    people: dict[str, Account]
    parameters: dict[str, str]

    def path(self, name: str) -> str:
        return reverse(name, kwargs={word: self.parameters[word] for word in urls()[name]})


def crowded(server: Gatehouse) -> Crowd:
    ann = new_account(server)
    made = json.loads(fill(server, ann, CROWD))
    people = {name: Account(ann.slug, email, "correct horse battery staple") for name, email in made["people"].items()}
    return Crowd({**people, "ann": ann}, {**made["parameters"], "team_slug": ann.slug})


@cache
def urls() -> dict[str, list[str]]:
    """Every URL of the console by its name, with the parameters that it takes."""

    def walk(resolver: URLResolver, namespace: str, above: list[str]) -> Iterator[tuple[str, list[str]]]:
        for entry in resolver.url_patterns:
            parameters = [*above, *entry.pattern.regex.groupindex]
            if isinstance(entry, URLResolver):
                yield from walk(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace, parameters)
            elif isinstance(entry, URLPattern) and entry.name:
                yield f"{namespace}{entry.name}", parameters

    return dict(walk(get_resolver(), "", []))
