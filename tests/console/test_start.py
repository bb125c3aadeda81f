"""`manage.py start`, which is what `make run` runs: the first start, every later one, and those that are refused."""

import json
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.server import Gatehouse, Reply

pytestmark = pytest.mark.server

SECRETS = ("secret_key", "key_peppers", "sealing_keys")
PASSWORD = "correct horse battery staple"
ANSWERS = {
    "name": "Acme Research",
    "full_name": "Ann Lee",
    "email": "ann@acme.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@dataclass(frozen=True)
class Starts:
    instance: Gatehouse
    first: str
    second: str
    third: str
    """What each start printed; the link is used after the second."""
    secrets: dict[str, str]
    after_first: dict[str, object]
    after_third: dict[str, object]
    """What is in the database then."""
    used: list[Reply]
    """What came of opening the first start's link, of using it, of using it again, and of using the second start's."""

    def mode(self, name: str) -> str:
        return stat.filemode((self.instance.directory / "data" / name).stat().st_mode)


def links_in(printed: str, instance: Gatehouse) -> list[str]:
    """Their paths."""
    return re.findall(re.escape(instance.url) + r"(/setup/\w+/)", printed)


LOOK = """
import json
from teams import audit
from teams.models import AuditEvent, Membership, SetupLink, Team, User
admin = User.objects.get()
print(json.dumps({
    "teams": list(Team.objects.values_list("slug", "name")),
    "members": list(Membership.objects.values_list("user__email", "role")),
    "operator": admin.is_superuser,
    "password": admin.password,
    "links": SetupLink.objects.count(),
    "events": [audit.sentence(event) for event in AuditEvent.objects.order_by("pk")],
    "broken": len(list(audit.verify())),
}))
"""


class _Token(HTMLParser):
    found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        values = dict(attrs)
        if values.get("name") == "csrfmiddlewaretoken":
            self.found = values.get("value") or ""


def fill_in(instance: Gatehouse, link: str) -> list[Reply]:
    """Opens the page and sends its form, with the cookies and the token that a browser would send."""
    opened = instance.get(link)
    parser = _Token()
    parser.feed(opened.body.decode())
    cookies = SimpleCookie(opened.headers.get("set-cookie", ""))
    headers = {
        "Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items()),
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": instance.url,
    }
    body = urlencode({**ANSWERS, "csrfmiddlewaretoken": parser.found}).encode()
    return [opened, instance.request("POST", link, headers=headers, body=body)]


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starts]:
    """An empty database is started on, twice before somebody uses the link, and once after."""
    directory = tmp_path_factory.mktemp("start")
    instance = Gatehouse(directory)
    printed: list[str] = []

    def start() -> None:
        instance.start()
        printed.append(instance.log.read_text().removeprefix("".join(printed)))

    try:
        start()
        after_first = json.loads(instance.shell(LOOK))
        instance.stop()
        secrets = {name: (directory / "data" / name).read_text() for name in SECRETS}
        start()
        [link] = links_in(printed[0], instance)
        [other] = links_in(printed[1], instance)
        used = [*fill_in(instance, link), instance.get(link), instance.get(other)]
        instance.stop()
        start()
        first, second, third = printed
        yield Starts(instance, first, second, third, secrets, after_first, json.loads(instance.shell(LOOK)), used)
    finally:
        instance.stop()


def test_the_first_start_says_where_it_is_and_how_to_set_it_up(starts: Starts) -> None:
    assert f"Gatehouse    {starts.instance.url}\n" in starts.first
    [link] = links_in(starts.first, starts.instance)
    assert re.fullmatch(r"/setup/[0-9A-Za-z]{32}/", link)
    assert "assword" not in starts.first.replace("choose your password", "")


def test_the_first_team_and_its_admin_are_there_and_nobody_can_sign_in(starts: Starts) -> None:
    assert starts.after_first["teams"] == [["my-team", "My Team"]]
    assert starts.after_first["members"] == [["admin@localhost", "admin"]]
    assert str(starts.after_first["password"]).startswith("!")
    assert starts.after_first["operator"] is False


def test_a_link_is_printed_at_each_start_until_one_is_used(starts: Starts) -> None:
    [first], [second] = (links_in(printed, starts.instance) for printed in (starts.first, starts.second))
    assert first != second
    assert links_in(starts.third, starts.instance) == []
    assert starts.instance.url in starts.third


def test_the_link_makes_somebody_the_admin_and_works_once(starts: Starts) -> None:
    opened, posted, again, other = starts.used
    assert opened.status == 200
    assert (posted.status, posted.headers["location"]) == (302, "/teams/acme-research/authorization/")
    assert "gatehouse_session=" in posted.headers["set-cookie"]
    assert (again.status, other.status) == (404, 404)
    assert starts.after_third["teams"] == [["acme-research", "Acme Research"]]
    assert starts.after_third["members"] == [["ann@acme.example", "admin"]]
    assert starts.after_third["operator"] is True
    assert str(starts.after_third["password"]).startswith("argon2$argon2id$")
    assert starts.after_third["links"] == 0


def test_later_starts_change_nothing(starts: Starts) -> None:
    assert {name: (starts.instance.directory / "data" / name).read_text() for name in SECRETS} == starts.secrets


def test_what_happened_is_in_the_trail_once(starts: Starts) -> None:
    assert starts.after_third["events"] == [
        "First start created the team My Team",
        "First start added admin@localhost to the team",
        "Ann Lee set up Gatehouse, and in it the team Acme Research from 127.0.0.1",
        "Ann Lee set up Gatehouse and became its first operator (ann@acme.example) from 127.0.0.1",
        "Ann Lee signed in with password from 127.0.0.1",
    ]
    assert starts.after_third["broken"] == 0


def test_links_are_nowhere_but_in_what_was_printed(starts: Starts) -> None:
    """And the password is nowhere at all."""
    printed = starts.first + starts.second
    secrets = [path.split("/")[2].encode() for path in links_in(printed, starts.instance)] + [PASSWORD.encode()]
    files = [path for path in starts.instance.directory.rglob("*") if path.is_file() and path != starts.instance.log]
    assert {"gatehouse.sqlite3", *SECRETS} <= {path.name for path in files}
    assert [path.name for path in files if any(secret in path.read_bytes() for secret in secrets)] == []
    log = starts.instance.log.read_bytes()
    assert [log.count(secret) for secret in secrets] == [1, 1, 0]


def test_secrets_are_for_their_owner_only(starts: Starts) -> None:
    assert starts.mode("") == "drwx------"
    assert {name: starts.mode(name) for name in SECRETS} == dict.fromkeys(SECRETS, "-rw-------")
    assert len(set(starts.secrets.values())) == len(SECRETS)
    assert all(len(secret) > 40 for secret in starts.secrets.values())


def test_a_value_can_be_in_a_file(tmp_path: Path) -> None:
    """The newline at its end is no part of it; a secret that is given is not made."""
    port, peppers, secret = tmp_path / "port", tmp_path / "peppers", tmp_path / "secret"
    port.write_text("8123\n")
    peppers.write_text("2:" + "QUJD" * 11 + "\n")
    secret.write_text("a secret key of a sufficient length, and more of it\n")
    instance = Gatehouse(
        tmp_path,
        environment={
            "GATEHOUSE_PORT_FILE": str(port),
            "GATEHOUSE_KEY_PEPPERS_FILE": str(peppers),
            "GATEHOUSE_SECRET_KEY_FILE": str(secret),
        },
    )
    environment = instance.environ()
    del environment["GATEHOUSE_PORT"]
    instance.environment, instance.environ = environment, lambda: environment  # type: ignore[method-assign]
    names = ("GATEHOUSE_PORT", "GATEHOUSE_KEY_PEPPERS", "SECRET_KEY", "GATEHOUSE_PUBLIC_URL")
    shown = instance.shell(f"from django.conf import settings; print([getattr(settings, n) for n in {names}])")
    assert shown.strip() == str(
        [
            8123,
            "2:" + "QUJD" * 11,
            "a secret key of a sufficient length, and more of it",
            "http://127.0.0.1:8123",
        ]
    )
    made = {path.name for path in (tmp_path / "data").iterdir()}
    assert "sealing_keys" in made
    assert not {"key_peppers", "secret_key"} & made


REFUSED = {
    "GATEHOUSE_PORT": ("eighty", "gatehouse.E200", "A number from 1 to 65535."),
    "GATEHOUSE_WORKERS": ("0", "gatehouse.E205", "A number of processes"),
    "GATEHOUSE_HOST": ("gatehouse.invalid", "gatehouse.E206", "Write 127.0.0.1 or ::1"),
    "GATEHOUSE_STALE_GRACE": ("-1", "gatehouse.E203", "Seconds, 0 or more."),
    "GATEHOUSE_PUBLIC_URL": ("gatehouse.example/path", "gatehouse.E202", "Write scheme and host"),
    "GATEHOUSE_TRUSTED_PROXIES": ("10.0.0.1/8", "gatehouse.E201", "Did you mean the network 10.0.0.0/8"),
    "GATEHOUSE_METRICS_NETWORKS": ("everybody", "gatehouse.E207", "separated by commas"),
    "GATEHOUSE_DATABASE_URL": ("mysql://root@localhost/gatehouse", "gatehouse.E200", "Write postgres://"),
    "GATEHOUSE_EMAIL_URL": ("pigeon://roof", "gatehouse.E200", "Write smtp+tls://"),
    "GATEHOUSE_KEY_PEPPERS": ("1:c2hvcnQgc2VjcmV0", "gatehouse.E101", "numbered base64 secrets of 32 bytes or more"),
    "GATEHOUSE_SEALING_KEYS": ("c2VhbGluZyBzZWNyZXQ", "gatehouse.E102", "numbered base64 keys of exactly 32 bytes"),
    "GATEHOUSE_KEY_PREFIX": ("My-Keys", "gatehouse.E103", "For example: gate"),
    "GATEHOUSE_VALKEY_URL_FILE": ("/nonexistent/valkey", "gatehouse.E200", "Name a text file"),
}


def test_wrong_settings_refuse_to_start_and_say_what_to_write(tmp_path: Path) -> None:
    """All of them in one go: whoever sets this up is told of every mistake at once."""
    wrong = {name: value for name, (value, _, _) in REFUSED.items()}
    answer = Gatehouse(tmp_path, environment=wrong).manage("start", check=False)
    assert answer.returncode == 1
    assert answer.stdout == ""
    for name, (value, check, hint) in REFUSED.items():
        assert name in answer.stderr
        assert f"({check})" in answer.stderr
        assert hint in answer.stderr
        assert "SECRET" not in value or value not in answer.stderr
    for secret in ("c2hvcnQgc2VjcmV0", "c2VhbGluZyBzZWNyZXQ", "root@"):
        assert secret not in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "data" / "gatehouse.sqlite3").exists()


def test_a_wrong_setting_refuses_every_command(tmp_path: Path) -> None:
    answer = Gatehouse(tmp_path, environment={"GATEHOUSE_KEY_PREFIX": "My-Keys"}).manage("team", "list", check=False)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "(gatehouse.E103)" in answer.stderr
