"""Every page and mail of signing in is this console's own, and lives with its strict policy."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import allauth
import pytest
from allauth.account import app_settings as account_settings
from django.template.loader import get_template
from django.urls import URLPattern
from pytest_django.fixtures import Settings

from console.identity_urls import urlpatterns
from tests.cast import Cast
from tests.identity.visitor import Visitor, signed_in
from tests.markup import read
from tests.server import ROOT

ALLAUTH = Path(allauth.__file__).parent
TEMPLATES = ROOT / "templates"


def own(name: str) -> bool:
    origin = get_template(name).origin  # type: ignore[attr-defined]
    return Path(origin.name).is_relative_to(TEMPLATES)


def view_classes() -> Iterator[Any]:
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view: Any = pattern.callback
        while view is not None and not hasattr(view, "view_class"):
            view = getattr(view, "__wrapped__", None)
        if view is not None:
            yield view.view_class


def test_every_page_is_our_own() -> None:
    names = {name for view in view_classes() if (name := getattr(view, "template_name", None))}
    assert len(names) > 15
    assert [name for name in names if not own(name)] == []


@pytest.mark.parametrize("name", ["socialaccount/authentication_error.html", "socialaccount/signup.html", "429.html"])
def test_pages_that_allauth_renders_by_itself_are_our_own(name: str) -> None:
    assert own(name)


def sent_by_allauth() -> set[str]:
    """The mails that the installed code can send, but for those of features that are off."""
    off = "phone|login_code|reset_code|unknown_account|confirmation_signup|email_deleted|email_confirm$"
    pattern = re.compile(r'"((?:account|mfa|socialaccount)/email/\w+)"')
    sources = [
        path.read_text() for part in ("account", "mfa", "socialaccount") for path in (ALLAUTH / part).rglob("*.py")
    ]
    found = {name for source in sources for name in pattern.findall(source)}
    return {name for name in found if not re.search(off, name)}


def test_every_mail_is_our_own() -> None:
    prefixes = sent_by_allauth()
    assert len(prefixes) > 10
    names = [f"{prefix}_{part}.txt" for prefix in prefixes for part in ("subject", "message")]
    assert [name for name in names if not own(name)] == []


def test_mails_are_plain_text() -> None:
    """Nothing to load, to hide or to click by mistake."""
    assert list(TEMPLATES.rglob("email/*.html")) == []
    assert account_settings.TEMPLATE_EXTENSION == "html"


def test_messages_are_our_own() -> None:
    pattern = re.compile(r'"((?:account|mfa|socialaccount)/messages/\w+\.txt)"')
    off = "phone|login_code|email|primary|sessions_logged_out"
    sources = [
        path.read_text() for part in ("account", "mfa", "socialaccount") for path in (ALLAUTH / part).rglob("*.py")
    ]
    found = {name for source in sources for name in pattern.findall(source)}
    assert [name for name in found if not re.search(off, name) and not own(name)] == []


PAGES = [
    "/accounts/login/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-x/",
    "/accounts/password/reset/key/done/",
    "/accounts/inactive/",
    "/accounts/sso/cancelled/",
]
PERSONAL = [
    "/settings/security/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/accounts/password/change/",
    "/accounts/email/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/passkeys/add/",
    "/accounts/sessions/",
]


@pytest.mark.parametrize("path", PAGES + PERSONAL)
def test_nothing_inline(cast: Cast, settings: Settings, path: str) -> None:
    settings.PUBLIC = settings.PUBLIC._replace(netloc="localhost:8000")
    visitor = Visitor()
    if path in PERSONAL:
        visitor = signed_in(cast.ann, proved=True)
        if path != "/accounts/2fa/totp/activate/":
            visitor.set_up_app()
    answer = visitor.get(path)
    assert answer.status_code == 200
    page = read(answer)
    for element in page:
        assert not [name for name in element.attributes if name.startswith("on") or name == "style"], element
        assert element.tag != "style"
        if element.tag == "script" and element.get("type") != "application/json":
            assert element.get("src").startswith("/static/")
            assert not element.text
        if element.tag == "img":
            assert element.get("src").startswith("/static/")
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("path", PERSONAL)
def test_pages_of_a_person_are_kept_by_nobody(cast: Cast, path: str) -> None:
    visitor = signed_in(cast.ann, proved=True)
    if path != "/accounts/2fa/totp/activate/":
        visitor.set_up_app()
    assert "no-store" in visitor.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/password/change/", "/accounts/2fa/recovery-codes/"])
def test_pages_of_security_are_in_its_tab(cast: Cast, path: str) -> None:
    visitor = signed_in(cast.ann, proved=True)
    visitor.set_up_app()
    page = visitor.page(path)
    (tabs,) = [nav for nav in page.all("nav") if nav.get("aria-label") == "Profile Settings"]
    assert [link.text for link in tabs.all("a", aria_current="page")] == ["Security"]


def test_our_scripts_are_all_there_is() -> None:
    """allauth brings scripts along; none of our templates asks for one."""
    used = [path for path in TEMPLATES.rglob("*.html") if re.search(r"static '(mfa|account)/", path.read_text())]
    assert used == []
