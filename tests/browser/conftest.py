"""One Chromium for all browser tests. They touch the running server only: over HTTP, and through its command line."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.browser.accounts import Account, new_account
from tests.browser.crowd import Crowd, crowded
from tests.browser.windows import Windows
from tests.server import Gatehouse

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # or it does not start for root, which is who runs tests in containers
    "--disable-background-networking",
    "--host-resolver-rules=MAP elsewhere.example 127.0.0.1",
)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """For this package, not for the session: while Playwright runs, its event loop keeps Django from the database."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        pytest.skip(f"no Chromium is installed: none of {', '.join(NAMES)} is on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=ARGUMENTS,
            ignore_default_args=["--disable-back-forward-cache"],  # people's browsers have it, and it remembers pages
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def signed_in() -> dict[tuple[str, str], StorageState]:
    """Sign-ins that later windows take over, by server and person."""
    return {}


@pytest.fixture
def windows(chromium: Browser, signed_in: dict[tuple[str, str], StorageState]) -> Iterator[Windows]:
    """Opens windows. After the test nothing unexpected may stand in the browser's console."""
    opened = Windows(chromium, signed_in)
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture
def account(server: Gatehouse) -> Account:
    """A team of the test's own, without keys and networks."""
    return new_account(server)


@pytest.fixture(scope="module")
def shared_account(server: Gatehouse) -> Account:
    """A team for the tests of a module that do not mind what the others leave behind."""
    return new_account(server)


@pytest.fixture(scope="package")
def crowd(server: Gatehouse) -> Crowd:
    return crowded(server)
