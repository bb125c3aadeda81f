"""A developer reads the reference of the management API and tries it with a key: under the strict policy, locally."""

import pytest
from playwright.sync_api import Page, expect

from tests.api.calling import EVERYTHING
from tests.browser.accounts import Account
from tests.browser.windows import Windows
from tests.server import Gatehouse

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def key(server: Gatehouse, account: Account) -> str:
    server.manage("ipsubnet", "create", "--team", account.slug, "127.0.0.1")
    scopes = [word for scope in EVERYTHING for word in ("--scope", scope)]
    made = server.manage_json("apikey", "create", "--team", account.slug, "--name", "Reader", *scopes)
    return str(made["key"])


def send(page: Page, operation: str) -> str:
    """What the page shows of the answer."""
    form = page.locator(f"#{operation} form")
    form.get_by_role("button").click()
    answer = form.get_by_role("status")
    expect(answer).to_be_visible()
    return answer.inner_text()


def test_trying_it(server: Gatehouse, windows: Windows, key: str) -> None:
    page = windows.open(server, path="/api/docs/")
    page.get_by_label("API key to try it with").fill(key)
    listing = page.locator("#listKeys")
    listing.locator("summary").click()
    listing.get_by_label("limit").fill("5")
    assert '"name": "Reader"' in send(page, "listKeys")
    creating = page.locator("#createKey")
    creating.locator("summary").click()
    made = send(page, "createKey")
    assert made.startswith("201")
    assert "Location: " in made
    assert "already called" in send(page, "createKey")
    page.reload()
    expect(page.get_by_label("API key to try it with")).to_have_value("")
    assert key not in page.content()


def test_without_a_key_it_says_why_not(server: Gatehouse, windows: Windows) -> None:
    windows.expect_complaint("the server responded with a status of 401")
    page = windows.open(server, path="/api/docs/#getKey")
    form = page.locator("#getKey form")
    form.get_by_label("key_id").fill("../../openapi.json")
    assert "missing_api_key" in send(page, "getKey")


def test_it_can_be_read_without_scripts(server: Gatehouse, windows: Windows) -> None:
    page = windows.open(server, path="/api/docs/", java_script_enabled=False)
    page.locator("#createKey summary").click()
    expect(page.locator("#createKey").get_by_text("Needs the scope keys:write.")).to_be_visible()
    expect(page.get_by_label("API key to try it with")).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
