"""A mail server, a provider of identities, and a Gatehouse that uses both: what tests of signing in need."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.accounts import Account, new_account
from tests.browser.conftest import ARGUMENTS, NAMES
from tests.browser.windows import Windows
from tests.identity.mailbox import Mailbox, mail_server
from tests.identity.provider import Provider, oidc_provider
from tests.server import Gatehouse, free_port


@dataclass
class Site(Gatehouse):
    """Reached by a name, since browsers make no passkeys for an address."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with oidc_provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox, provider: Provider) -> Iterator[Site]:
    port = free_port()
    environment = {
        "GATEHOUSE_PUBLIC_URL": f"http://localhost:{port}",
        "GATEHOUSE_EMAIL_URL": mailbox.url,
        **provider.environment,
    }
    running = Site(tmp_path_factory.mktemp("site"), environment=environment, port=port)
    try:
        running.start()
        yield running
    finally:
        running.stop()
    running.assert_trail_intact()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For a module and not for the package: while Playwright runs, its event loop keeps Django from the database."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        pytest.skip(f"no Chromium is installed: none of {', '.join(NAMES)} is on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Windows]:
    """Opens windows. After the test nothing unexpected may stand in the browser's console."""
    opened = Windows(chromium, {})
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture
def account(site: Site) -> Account:
    return new_account(site)
