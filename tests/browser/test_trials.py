"""A change on trial takes itself back at its time, though the server was restarted meanwhile; a confirmed one lasts."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import new_account
from tests.browser.windows import Windows
from tests.server import gatehouse, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.server]

DATASETS = "/api/v1/datasets"


def test_an_unconfirmed_change_reverts_across_a_restart(tmp_path: Path, windows: Windows) -> None:
    with gatehouse(tmp_path, "sqlite") as server:
        account = new_account(server)
        key = server.key(account.slug)["key"]
        page = windows.open(server, account, account.page)
        for network in ("127.0.0.8/30", "127.0.0.16/30"):
            page.get_by_role("link", name="+ Create New IP Subnet").click()
            page.get_by_label("IP address or network").fill(network)
            page.get_by_label("Revert by itself").select_option("Unless confirmed within 2 minutes")
            page.get_by_role("button", name="Create", exact=True).click()
            expect(page.get_by_text(f"{network} was added on trial")).to_be_visible()
        page.get_by_role("button", name="Confirm that 127.0.0.8/30 is added").click()
        expect(page.get_by_text("127.0.0.8/30 was added on trial")).to_have_count(0)
        page.get_by_role("button", name="Take back that 127.0.0.16/30 is added").click()
        expect(page.get_by_text("127.0.0.16/30 was added on trial")).to_have_count(0)
        assert server.get(DATASETS, key=key, address="127.0.0.17").status == 403

        tried = ("ipsubnet", "create", "--team", account.slug, "127.0.0.16/30", "--revert-after", "10s")
        server.manage(*tried)
        assert server.get(DATASETS, key=key, address="127.0.0.17").status == 200
        windows.close()
        server.stop()
        server.start()
        reverted = lambda: server.get(DATASETS, key=key, address="127.0.0.17").status == 403  # noqa: E731
        wait_until(reverted, "the change did not take itself back", seconds=20)
        assert server.get(DATASETS, key=key, address="127.0.0.9").status == 200
