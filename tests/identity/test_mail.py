"""Mails of accounts, through a real mail server, from a real Gatehouse."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.browser.accounts import Account, new_account
from tests.identity.mailbox import Mailbox, link_in, text_of
from tests.server import Gatehouse, Reply, free_port, wait_until

pytestmark = pytest.mark.server

PUBLIC = "https://gatehouse.example"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[Gatehouse]:
    """Behind a proxy that ends TLS, as its public address says."""
    environment = {"GATEHOUSE_PUBLIC_URL": PUBLIC, "GATEHOUSE_EMAIL_URL": mailbox.url}
    running = Gatehouse(tmp_path_factory.mktemp("hub"), environment=environment)
    try:
        yield running.start()
    finally:
        running.stop()


class Browser:
    """As much of one as forms need."""

    def __init__(self, server: Gatehouse) -> None:
        self._server = server
        self._cookies: SimpleCookie = SimpleCookie()

    def send(self, method: str, path: str, host: str = "gatehouse.example", **fields: str) -> Reply:
        headers = {"Host": host, "Cookie": "; ".join(f"{n}={m.value}" for n, m in self._cookies.items())}
        body = None
        if method == "POST":
            body = urlencode({"csrfmiddlewaretoken": self._cookies["gatehouse_csrf"].value, **fields}).encode()
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{PUBLIC}/", "Origin": PUBLIC}
        answer = self._server.request(method, path, headers=headers, body=body)
        for line in answer.headers.get("set-cookie", "").split(", g"):
            self._cookies.load(line if line.startswith("g") else f"g{line}")
        return answer

    def post(self, path: str, host: str = "gatehouse.example", **fields: str) -> Reply:
        self.send("GET", "/accounts/login/")
        return self.send("POST", path, host, **fields)


def test_a_forgotten_password(hub: Gatehouse, mailbox: Mailbox) -> None:
    account = new_account(hub)
    assert Browser(hub).post("/accounts/password/reset/", email=account.email).status == 302
    mail = mailbox.wait_for(account.email, "Set a new password")
    assert mail["From"] == "gatehouse@gatehouse.example"
    assert mail["Subject"] == "[Gatehouse] Set a new password"
    assert link_in(mail).startswith(f"{PUBLIC}/accounts/password/reset/key/")
    path = urlsplit(link_in(mail)).path
    answer = Browser(hub).send("GET", path)
    assert answer.status == 302
    assert path not in hub.log.read_text()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:6666", "[::1]"])
def test_whoever_asks_does_not_choose_where_links_lead(hub: Gatehouse, mailbox: Mailbox, host: str) -> None:
    """A request that came past the proxy, or that a proxy passed on as it was."""
    account = new_account(hub)
    assert Browser(hub).post("/accounts/password/reset/", host, email=account.email).status in {302, 403}
    Browser(hub).post("/accounts/password/reset/", email=account.email)
    mailbox.wait_for(account.email, "Set a new password")
    for mail in mailbox.to(account.email):
        assert link_in(mail).startswith(f"{PUBLIC}/")
        assert host not in text_of(mail)


def test_another_host_is_refused(hub: Gatehouse) -> None:
    assert Browser(hub).post("/accounts/password/reset/", "evil.example", email="ann@x.example").status == 400


def test_a_mail_server_that_is_not_there_is_nobodys_error(tmp_path: Path) -> None:
    """The answer is the same, and comes before the server has been tried; what went wrong is in the log."""
    running = Gatehouse(
        tmp_path, environment={"GATEHOUSE_PUBLIC_URL": PUBLIC, "GATEHOUSE_EMAIL_URL": f"smtp://127.0.0.1:{free_port()}"}
    )
    try:
        running.start()
        account: Account = new_account(running)
        for email in (account.email, "nobody@elsewhere.example"):
            answer = Browser(running).post("/accounts/password/reset/", email=email)
            assert (answer.status, answer.headers["location"]) == (302, "/accounts/password/reset/done/")
        wait_until(lambda: "could not be sent" in running.log.read_text(), "the failure is not in the log")
        log = running.log.read_text()
        assert account.email in log
        assert "/reset/key/" not in log
    finally:
        running.stop()
