"""What goes with every page: a policy that lets nothing in from outside or inline; and no page needs more than that."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import Cast
from tests.conftest import SignIn
from tests.console.every_url import pages, path_of, things_of_acme
from tests.markup import Element, read

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
ADDRESSES = {"href", "src", "action", "formaction", "poster", "data", "hx-get", "hx-post", "hx-delete", "hx-put"}


def policy(answer: Any) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts if part.strip())


def assert_safe(answer: Any, *, referrer: str = "same-origin") -> None:
    """The headers of any answer of the console, page or not."""
    assert policy(answer) == POLICY
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == referrer
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def faults(page: Element) -> list[str]:
    """What the policy would block, or what would make the browser ask somebody else."""
    found = []
    for element in page:
        if element.tag == "script" and (element.text or not element.get("src")):
            found.append(f"inline script: {element.text[:60]}")
        if element.tag in {"style", "base", "iframe", "object", "embed"}:
            found.append(f"<{element.tag}>")
        for name, value in element.attributes.items():
            if name == "style" or re.match(r"on|hx-on|x-on", name):
                found.append(f"{element.tag} {name}={value[:60]}")
            elif name in ADDRESSES and not _is_own(value):
                found.append(f"{element.tag} {name} leads to {value}")
    return found


def _is_own(address: str) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        # At its bare address, the console names itself by its name too: browsers make passkeys for names only.
        by_name = settings.GATEHOUSE_PUBLIC_URL.replace("127.0.0.1", "localhost")
        return address.startswith((f"{settings.GATEHOUSE_PUBLIC_URL}/", f"{by_name}/"))
    return not address.startswith("//")


@pytest.mark.parametrize(("route", "person"), pages(), ids=lambda value: str(value) or "nobody")
def test_every_page_is_one_of_ours(cast: Cast, sign_in: SignIn, route: str, person: str) -> None:
    browser = sign_in(cast.person(person)) if person else Client()
    answer = browser.get(path_of(route, **things_of_acme(cast)))
    assert answer.status_code == 200
    # The address of an invitation is a secret: not even other pages of the console are told it.
    assert_safe(answer, referrer="strict-origin" if "token" in route else "same-origin")
    page = read(answer)
    assert faults(page) == []
    if answer.headers["Content-Type"].startswith("text/html"):
        sheets = [link.get("href").partition("?")[0] for link in page.all("link", rel="stylesheet")]
        assert "/static/css/tokens.css" in sheets
        assert page.all("title")[0].text.endswith("· Gatehouse")
        assert len(page.all("h1")) == 1
    if person or "token" in route:
        assert "no-store" in answer.headers["Cache-Control"]


def test_the_search_for_faults_finds_them() -> None:
    class Bad:
        content = (
            b"<script>x</script><script src='//evil.example/x.js'></script><p style='color:red' onclick='x'>"
            b"<a href='https://evil.example/'>x</a><a href='javascript:x'>y</a><style>p{}</style><iframe></iframe>"
        )

    assert len(faults(read(Bad))) == 8


def test_answers_that_are_no_pages_carry_them_too(cast: Cast, sign_in: SignIn) -> None:
    things = things_of_acme(cast)
    key = f"/teams/acme/keys/{things['key_id']}"
    ann = sign_in(cast.ann)
    htmx = {"HX-Request": "true"}
    for answer in (
        ann.get("/"),
        ann.get(f"{key}/revoke/", headers=htmx),
        ann.post(f"{key}/copy/", headers={"X-Gatehouse-Clipboard": "1"}),
        ann.post(f"{key}/disable/", headers=htmx),
        ann.post("/teams/acme/keys/generate/"),
        ann.post("/teams/acme/authorization/"),
        ann.get("/no-such-page/"),
    ):
        assert_safe(answer)
        assert "no-store" in answer.headers["Cache-Control"]
    assert_safe(Client().get("/"))


def test_pages_link_to_style_sheets_and_scripts_of_ours_that_exist(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.ann)
    page = read(browser.get("/teams/acme/authorization/"))
    addresses = [link.get("href") for link in page.all("link")] + [script.get("src") for script in page.all("script")]
    assert len(addresses) > 5
    for address in addresses:
        assert re.fullmatch(r"/static/[\w./-]+\?v=[0-9a-f]{12}", address), address
        answer = browser.get(address)
        assert answer.status_code == 200
        answer.close()


def test_static_files_are_kept_and_pages_are_not(cast: Cast) -> None:
    answer = Client().get("/static/css/base.css?v=0")
    assert answer.headers["Cache-Control"].startswith("max-age=31536000")
    answer.close()
