"""Generate a key, list a network, call the API: in a real browser and with real curl, on both databases."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.accounts import Account
from tests.browser.windows import Windows, clipboard, sign_in
from tests.server import Gatehouse, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server]

DATASETS = "/api/v1/datasets"
NAME = "Backtesting-Alpha-Bot"


def test_from_signing_in_to_data_and_to_the_end_of_the_key(
    server: Gatehouse, windows: Windows, account: Account
) -> None:
    page = windows.open(server)
    sign_in(page, account)
    page.get_by_role("button", name=f"Account of {account.email}").click()
    page.get_by_role("link", name="Profile Settings").click()
    page.get_by_role("link", name="Team Authorization").click()

    expect(page.get_by_text("Every request is refused:")).to_be_visible()
    page.get_by_role("button", name="Add my current IP (127.0.0.1)").click()
    expect(page.locator("#networks-list").get_by_text("Covers your address 127.0.0.1")).to_be_visible()
    expect(page.get_by_text("Every request is refused:")).to_have_count(0)

    key = _generate(page)
    dialog = page.get_by_role("dialog", name="Your new API key")
    expect(dialog.get_by_text("This is the only time the key is shown.")).to_be_visible()
    expect(dialog.get_by_text("403 IP address not allowed")).to_have_count(0)
    expect(page.locator("#keys-list tbody tr").filter(has_text=NAME)).to_have_count(1)

    shown = dialog.get_by_label(f"Key of {NAME}")
    expect(shown).to_have_css("-webkit-text-security", "disc")
    dialog.get_by_role("button", name="Show").click()
    expect(shown).to_have_css("-webkit-text-security", "none")
    dialog.get_by_role("button", name="Hide").click()
    expect(shown).to_have_css("-webkit-text-security", "disc")
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog.get_by_role("status")).to_have_text("The key copied to the clipboard.")
    assert clipboard(page) == key
    dialog.get_by_role("button", name="Copy the curl command with the key").click()
    expect(dialog.get_by_role("status")).to_have_text("The curl command copied to the clipboard.")
    line = clipboard(page)
    dialog.get_by_role("link", name="Done").click()
    expect(dialog).to_be_hidden()

    assert line == f'curl -H "Authorization: Bearer {key}" {server.url}{DATASETS}'
    if shutil.which("curl"):
        answer = subprocess.run([*shlex.split(line), "--silent"], capture_output=True, text=True, check=True)
        assert '"us-equity-taq"' in answer.stdout
    let_through = server.get(DATASETS, key=key)
    assert let_through.status == 200
    assert let_through.json()["datasets"]
    refused = server.get(DATASETS, key=key, address="127.0.0.2")
    assert (refused.status, refused.json()["detail"]) == (403, "IP address not allowed")

    wait_until(lambda: _last_use(server, account), "the use of the key was never written down", seconds=60)
    _choose(page, "Delete…")
    dialog = page.get_by_role("dialog", name="Delete API key")
    expect(dialog.get_by_text(NAME)).to_be_visible()
    expect(dialog.get_by_text(re.compile(r"ago\s+from 127\.0\.0\.1|just now\s+from 127\.0\.0\.1"))).to_be_visible()
    dialog.get_by_role("button", name="Delete key").click()
    expect(page.get_by_role("status").filter(has_text=f"Deleted “{NAME}”.")).to_be_attached()
    gone = server.get(DATASETS, key=key)
    assert (gone.status, gone.json()["code"]) == (401, "invalid_api_key")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="No keys yet")).to_be_visible()


def test_nothing_keeps_the_key(server: Gatehouse, windows: Windows, shared_account: Account) -> None:
    page = windows.open(server, shared_account, shared_account.page)
    key = _generate(page)
    assert server.get(DATASETS, key=key, address="127.0.0.2").status == 403
    page.get_by_role("dialog").get_by_role("button", name="Show").click()
    page.get_by_role("dialog").get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Members").click()
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    server.manage("apikey", "delete", key.split("_")[1])

    secret = key.split("_")[2]
    needles = [form.encode() for form in (key, secret, secret[:20], secret.encode().hex())]
    kept = list(_all_that_is_kept(server))
    public_id = key.split("_")[1].encode()
    assert any(public_id in content for _, content in kept), "the places searched do not hold even the public key ID"
    assert [place for place, content in kept if any(needle in content for needle in needles)] == []
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    assert secret not in stored


def test_neither_reload_nor_back_shows_the_key_again(
    server: Gatehouse, windows: Windows, shared_account: Account
) -> None:
    page = windows.open(server, shared_account, shared_account.page)
    key = _generate(page, "First")
    page.reload()
    expect(page.get_by_role("heading", name="API Keys")).to_be_visible()
    assert key not in page.content()

    key = _generate(page, "Second")
    page.goto("/settings/profile/")
    page.go_back()
    expect(page.get_by_role("heading", name="API Keys")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert key not in page.content()
    assert page.locator("#new-key").count() == 0


def test_neither_reload_nor_back_shows_the_key_again_without_script(
    server: Gatehouse, windows: Windows, shared_account: Account
) -> None:
    account = shared_account
    page = windows.open(server, account, account.page, java_script_enabled=False)
    page.get_by_role("link", name="+ Generate New API Key").click()
    page.get_by_label("Key Name").fill("Plain")
    page.get_by_role("button", name="Generate").click()
    key = page.get_by_label("Key of Plain").input_value()
    assert server.get(DATASETS, key=key, address="127.0.0.2").status == 403

    windows.expect_complaint("422")
    page.reload()  # sends the form once more: the answer to a person who says yes to "send it again?"
    assert key not in page.content()
    page.goto(account.page)
    expect(page.locator("#keys-list tbody tr").filter(has_text="Plain")).to_have_count(1)
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # nothing was kept: the browser asks whether to send it again
        page.go_back()


def _generate(page: Page, name: str = NAME) -> str:
    page.get_by_role("link", name="+ Generate New API Key").click()
    page.get_by_label("Key Name").fill(name)
    page.get_by_label("Expiration Period").select_option("30 days")
    page.get_by_role("button", name="Generate", exact=True).click()
    key = page.get_by_label(f"Key of {name}").input_value()
    assert key.startswith("gate_")
    return key


def _choose(page: Page, action: str) -> None:
    page.get_by_role("button", name=f"More actions for {NAME}").click()
    page.get_by_role("link", name=action).click()


def _last_use(server: Gatehouse, account: Account) -> object:
    return server.manage_json("apikey", "list", "--team", account.slug)[0]["last_used_at"]


def _all_that_is_kept(server: Gatehouse) -> Iterator[tuple[str, bytes]]:
    """Everything that outlives a request: the server's directory with its log, and every row of the database."""
    for path in server.directory.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(server.directory)), path.read_bytes()
    if not server.database_url:
        return
    with psycopg.connect(server.database_url) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            name = psycopg.sql.Identifier(schema, table)
            for (row,) in connection.execute(psycopg.sql.SQL("SELECT kept::text FROM {} AS kept").format(name)):
                yield f"{schema}.{table}", row.encode()
