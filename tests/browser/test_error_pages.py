"""What people see when something went wrong: a page that says what, in the console's own look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.accounts import Account, new_account
from tests.browser.inspection import inspect
from tests.browser.windows import Windows
from tests.server import Gatehouse, gatehouse

pytestmark = [pytest.mark.browser, pytest.mark.server]
on_sqlite = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("signed_in_as", ["somebody", "nobody"])
def test_nothing_here(server: Gatehouse, windows: Windows, shared_account: Account, signed_in_as: str) -> None:
    windows.expect_complaint("status of 404")
    page = windows.open(server, shared_account if signed_in_as == "somebody" else None, "/no/such/page/")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    inspect(page)


@on_sqlite
def test_a_form_that_is_too_old(server: Gatehouse, windows: Windows, shared_account: Account) -> None:
    windows.expect_complaint("status of 403")
    page = windows.open(server, path="/accounts/login/")
    page.context.clear_cookies()
    page.get_by_label("Email").fill(shared_account.email)
    page.get_by_label("Password").fill(shared_account.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="The form is too old")).to_be_visible()
    inspect(page)


@on_sqlite
def test_a_name_that_is_not_this_servers(server: Gatehouse, windows: Windows) -> None:
    windows.expect_complaint("status of 400")
    windows.expect_complaint("The Cross-Origin-Opener-Policy header has been ignored")
    page = windows.open(server, path=f"http://elsewhere.example:{server.port}/accounts/login/")
    expect(page.get_by_role("heading", name="That request could not be read")).to_be_visible()
    inspect(page)


@pytest.fixture
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    with gatehouse(tmp_path_factory.mktemp("broken"), "sqlite") as running:
        yield running


def test_a_server_that_is_broken(broken: Gatehouse, windows: Windows) -> None:
    account = new_account(broken)
    page = windows.open(broken, account, account.page)
    broken.shell("from django.db import connection; connection.cursor().execute('DROP TABLE ipsubnets_ipsubnet')")
    windows.expect_complaint("status of 500")
    windows.expect_complaint("Response Status Error Code 500")  # what the lists of the open page asked for meanwhile
    page.reload()
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    inspect(page)
