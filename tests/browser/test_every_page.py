"""Every page, in light and dark, wide and on a phone: accessible, quiet in the browser's console, nothing cut off.

A URL that nobody has placed here fails the first test.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.crowd import Crowd, urls
from tests.browser.inspection import inspect
from tests.browser.windows import Windows, confirm_it_is_you
from tests.server import Gatehouse

pytestmark = [pytest.mark.browser, pytest.mark.server]
on_sqlite = pytest.mark.parametrize("server", ["sqlite"], indirect=True)

IN_A_TEAM = (
    "console:authorization",
    "console:members",
    "console:invite",
    "console:leave",
    "console:change_role",
    "console:remove_member",
    "console:resend_invitation",
    "console:withdraw_invitation",
    "console:groups",
    "console:create_group",
    "console:group",
    "console:rename_group",
    "console:delete_group",
    "console:add_to_group",
    "console:remove_from_group",
    "console:subscriptions",
    "console:activity",
    "console:team_settings",
    "console:calendar_link",
    "console:revoke_calendar_link",
    "console:allow_sealed_copies",
    "console:forbid_sealed_copies",
    "console:require_second_factor",
    "console:stop_requiring_second_factor",
    "console:suspend_team",
    "console:resume_team",
    "console:delete_team",
    "console:observe_networks",
    "console:enforce_networks",
    "console:key",
    "console:rename_key",
    "console:bind_key",
    "console:retire_key",
    "apikeys:generate",
    "apikeys:rotate",
    "apikeys:assign",
    "apikeys:disable",
    "apikeys:enable",
    "apikeys:revoke",
    "apikeys:delete",
    "ipsubnets:create",
    "ipsubnets:delete",
    "ipsubnets:check",
    "ipsubnets:fix",
    "console:dry_run",
    "console:refusals",
    "console:explain_refusal",
    "console:allow_refused",
)
PAGES = [
    *(("ann", name) for name in IN_A_TEAM),
    ("ann", "console:profile"),
    ("ann", "console:invitation"),
    ("invited", "console:invitation"),
    ("invited", "console:profile"),
    ("nobody", "console:invitation"),
    ("nobody", "console:error_code"),
    ("nobody", "console:api_docs"),
    ("nobody", "console:report_leak"),
    *(("viewer", f"console:{name}") for name in ("authorization", "members", "groups", "group", "activity")),
]
"""Who looks at what: Ann is an admin, somebody is invited and in no team yet, and a viewer may only read."""
REFUSED = {("ann", "console:invitation"), ("viewer", "console:activity")}
"""Pages that say why not."""

NOT_PAGES = {
    "console:home": "leads to the person's team",
    "console:team": "leads to the team's authorization",
    "console:activity_csv": "is a file",
    "console:activity_jsonl": "is a file",
    "console:calendar": "is a file",
    "console:scanner_report": "answers programs",
    "console:cancel_retirement": "answers a form",
    "console:ignore_refusal": "answers a form",
    "console:restore_refusal": "answers a form",
    "apikeys:copy": "answers a script",
    "ipsubnets:add_current": "answers a form",
    "ipsubnets:confirm_trial": "answers a form",
    "ipsubnets:revert_trial": "answers a form",
    "datasets:list": "answers programs",
    "datasets:detail": "answers programs",
    "datasets:rows": "answers programs",
}
IN_TESTS_IDENTITY = {
    "console:security",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_email",
    "account_confirm_email",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "usersessions_list",
    "end_session",
    "socialaccount_connections",
    "socialaccount_login_cancelled",
    "socialaccount_signup",
    "single_sign_on_start",
    "single_sign_on_callback",
    "single_sign_on_again",
}
"""Walked past in tests/identity, step by step: they need mail, a provider of identities or a passkey."""

IN_TESTS_OPERATORS = ("console:operators_", "console:installation_", "console:set_up", "admin:")
"""What such names begin with is looked at in tests/operators, by an operator."""


ANSWERS_PROGRAMS = "api:"
"""What the names of the management API begin with."""


def test_every_url_is_placed() -> None:
    """A new one belongs where it is looked at: here, or in the tests of what it is part of."""
    here = {name for name in urls() if not name.startswith((*IN_TESTS_OPERATORS, ANSWERS_PROGRAMS))}
    assert here == {name for _, name in PAGES} | set(NOT_PAGES) | IN_TESTS_IDENTITY


@on_sqlite
@pytest.mark.parametrize(("who", "name"), PAGES)
def test_page(server: Gatehouse, windows: Windows, crowd: Crowd, who: str, name: str) -> None:
    path = crowd.path(name)
    if (who, name) in REFUSED:
        windows.expect_complaint("the server responded with a status of 403")
    person = crowd.people.get(who)
    page = windows.open(server, person, path)
    if person:
        confirm_it_is_you(page, person)
    expect(page).to_have_url(path)
    expect(page.get_by_role("heading").first).to_be_visible()
    inspect(page)
