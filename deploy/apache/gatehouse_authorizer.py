#!/usr/bin/env python3
"""Asks Gatehouse on behalf of Apache: a FastCGI authorizer for mod_authnz_fcgi. Nothing but Python's own library.

Apache has no module that asks an HTTP endpoint for leave; it can ask a FastCGI authorizer, and this is one. It passes
the credential, the client's address, the method and the URI on to Gatehouse's `/authz`. A yes goes back as FastCGI
variables (`GATEHOUSE_TEAM` and so on), a no with Gatehouse's own status, headers and problem document. When Gatehouse
does not answer, or says anything that is neither, the answer is 503.

FastCGI Specification 1.0, sections 3 and 6.3: https://fastcgi-archives.github.io/FastCGI_Specification.html
"""

import argparse
import signal
import string
import sys
from http.client import HTTPConnection, HTTPException, HTTPResponse
from socketserver import StreamRequestHandler, ThreadingTCPServer
from struct import Struct
from urllib.parse import quote, urlsplit

HEADER = Struct("!BBHHBx")
BEGIN_REQUEST, END_REQUEST, PARAMS, STDOUT = 1, 3, 4, 6

ANSWERS_WITHIN = 5.0
"""Seconds that Gatehouse has for its answer."""

LONGEST_REQUEST = 1024 * 1024
"""Bytes of FastCGI parameters; Apache's own limits on headers keep below it."""

VARIABLES = {
    "X-Gatehouse-Team": "GATEHOUSE_TEAM",
    "X-Gatehouse-Key-Id": "GATEHOUSE_KEY_ID",
    "X-Gatehouse-Key-Name": "GATEHOUSE_KEY_NAME",
    "X-Gatehouse-Owner": "GATEHOUSE_OWNER",
    "X-Gatehouse-Scopes": "GATEHOUSE_SCOPES",
    "X-API-Key-Expires-At": "GATEHOUSE_EXPIRES_AT",
    "RateLimit": "GATEHOUSE_RATELIMIT",
    "RateLimit-Policy": "GATEHOUSE_RATELIMIT_POLICY",
    "X-Request-ID": "GATEHOUSE_REQUEST_ID",
}
RELAYED = (
    "Cache-Control",
    "X-Content-Type-Options",
    "WWW-Authenticate",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-ID",
)
REFUSALS = {401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests", 503: "Service Unavailable"}
NO_ANSWER = (
    b"Status: 503 Service Unavailable\r\nCache-Control: no-store\r\nRetry-After: 5\r\nX-Gatehouse-Status: 503\r\n\r\n"
    b'{"type":"about:blank","title":"Service Unavailable","status":503,'
    b'"detail":"The access check does not answer. Try again shortly.","code":"policy_unavailable"}'
)


class Malformed(Exception):
    """What came in is not a FastCGI request."""


class AuthorizerHandler(StreamRequestHandler):
    """One connection, which is one request: mod_authnz_fcgi does not keep connections."""

    server: "Authorizer"
    timeout = ANSWERS_WITHIN

    def handle(self) -> None:
        try:
            request_id, params = self._read_request()
        except (Malformed, OSError):
            return
        answer = self.server.ask(params)
        # One record, and the last one with it: Apache takes of the body what comes together with the headers.
        self.wfile.write(
            HEADER.pack(1, STDOUT, request_id, len(answer), 0)
            + answer
            + HEADER.pack(1, STDOUT, request_id, 0, 0)
            + HEADER.pack(1, END_REQUEST, request_id, 8, 0)
            + bytes(8)
        )

    def _read_request(self) -> tuple[int, dict[str, str]]:
        pairs = bytearray()
        while True:
            version, kind, request_id, length, padding = HEADER.unpack(self._read(HEADER.size))
            content = self._read(length)
            self._read(padding)
            if version != 1 or kind not in {BEGIN_REQUEST, PARAMS}:
                raise Malformed
            if kind == PARAMS:
                if not content:
                    return request_id, decode_pairs(bytes(pairs))
                pairs += content
                if len(pairs) > LONGEST_REQUEST:
                    raise Malformed

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise Malformed
        return data


class Authorizer(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], authz: str) -> None:
        super().__init__(address, AuthorizerHandler)
        parts = urlsplit(authz)
        self._gatehouse = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._path = parts.path

    def ask(self, params: dict[str, str]) -> bytes:
        """Gatehouse's answer in the form of a FastCGI authorizer's."""
        if not params.get("REMOTE_ADDR"):
            return NO_ANSWER  # without X-Forwarded-For, Gatehouse would judge this program's own address
        uri = params.get("REQUEST_URI", "/").encode("latin-1")
        headers = {"X-Forwarded-For": params["REMOTE_ADDR"], "X-Forwarded-Method": params.get("REQUEST_METHOD", "GET")}
        for variable, name in (("HTTP_AUTHORIZATION", "Authorization"), ("HTTP_X_API_KEY", "X-API-Key")):
            if variable in params:
                headers[name] = params[variable]
        connection = HTTPConnection(*self._gatehouse, timeout=ANSWERS_WITHIN)
        try:
            connection.request("GET", self._path + quote(uri, safe=string.punctuation), headers=headers)
            response = connection.getresponse()
            return as_authorizer(response, response.read())
        except (OSError, HTTPException, ValueError) as error:
            sys.stderr.write(f"Gatehouse does not answer: {type(error).__name__}\n")
            return NO_ANSWER
        finally:
            connection.close()


def as_authorizer(response: HTTPResponse, body: bytes) -> bytes:
    if response.status == 204:
        lines = [f"Variable-{VARIABLES[name]}: {value}" for name, value in pairs_of(response, *VARIABLES)]
        return "\r\n".join(["Status: 200 OK", *lines, "", ""]).encode("latin-1")
    if response.status not in REFUSALS:
        return NO_ANSWER
    lines = [f"{name}: {value}" for name, value in pairs_of(response, *RELAYED)]
    status = f"Status: {response.status} {REFUSALS[response.status]}"
    return "\r\n".join([status, f"X-Gatehouse-Status: {response.status}", *lines, "", ""]).encode("latin-1") + body


def pairs_of(response: HTTPResponse, *names: str) -> list[tuple[str, str]]:
    return [(name, value) for name in names if (value := response.getheader(name)) is not None]


def decode_pairs(data: bytes) -> dict[str, str]:
    """Name-value pairs (section 3.4): each length is one byte, or four with the highest bit set. Raises `Malformed`."""
    pairs: dict[str, str] = {}
    at = 0
    while at < len(data):
        lengths = []
        for _ in range(2):
            size = 4 if data[at : at + 1] >= b"\x80" else 1
            number = data[at : at + size]
            if len(number) < size:
                raise Malformed
            lengths.append(int.from_bytes(number, "big") & 0x7FFFFFFF)
            at += size
        name, value = data[at : at + lengths[0]], data[at + lengths[0] : at + sum(lengths)]
        at += sum(lengths)
        if at > len(data):
            raise Malformed
        pairs[name.decode("latin-1")] = value.decode("latin-1")
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description="A FastCGI authorizer that asks Gatehouse.")
    parser.add_argument("--listen", default="127.0.0.1:9010", metavar="HOST:PORT")
    parser.add_argument("--gatehouse", default="http://127.0.0.1:8000/authz", metavar="URL")
    arguments = parser.parse_args()
    host, _, port = arguments.listen.rpartition(":")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Authorizer((host, int(port)), arguments.gatehouse) as authorizer:
        authorizer.serve_forever()


if __name__ == "__main__":
    main()
