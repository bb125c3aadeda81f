"""A real OpenID Connect provider, as a process on the loopback, and what a person does there."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

from tests.server import free_port, wait_until


class _Stay(HTTPRedirectHandler):
    """Where a redirect leads is the answer."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Provider:
    """`client_id` and `client_secret` may be anything; it knows nobody until it is told."""

    log: Path
    port: int = field(default_factory=free_port)

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Gatehouse's settings for it."""
        return {
            "GATEHOUSE_OIDC_ISSUER": self.issuer,
            "GATEHOUSE_OIDC_CLIENT_ID": "gatehouse",
            "GATEHOUSE_OIDC_CLIENT_SECRET": "provider-secret",
            "GATEHOUSE_OIDC_NAME": "Acme ID",
        }

    def knows(self, sub: str, **claims: object) -> str:
        request = Request(  # noqa: S310 - the provider of the test
            f"{self.issuer}/users/{sub}",
            json.dumps(claims).encode(),
            {"Content-Type": "application/json"},
            method="PUT",
        )
        urlopen(request, timeout=30).close()  # noqa: S310
        return sub

    def authorize(self, url: str, sub: str = "", **form: str) -> str:
        """Sign in there as `sub`, or do what the form says; the address that the browser is sent back to."""
        body = urlencode({"sub": sub} if sub else form).encode()
        try:
            build_opener(_Stay).open(Request(url, body), timeout=30)  # noqa: S310
        except HTTPError as answer:
            return str(answer.headers["Location"])
        raise AssertionError("the provider did not send the browser back")


@contextmanager
def oidc_provider(directory: Path) -> Iterator[Provider]:
    provider = Provider(directory / "provider.log")
    with provider.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(provider.port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )

    def answers() -> bool:
        assert process.poll() is None, f"the provider ended:\n{provider.log.read_text()}"
        try:
            with urlopen(f"{provider.issuer}/.well-known/openid-configuration", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    try:
        wait_until(answers, f"the provider did not start:\n{provider.log.read_text()}", seconds=60)
        yield provider
    finally:
        process.terminate()
        process.wait(30)
