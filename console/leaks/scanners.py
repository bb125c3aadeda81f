"""Whose reports are believed: scanners sign what they send, as in GitHub's secret scanning partner programme.

The signature is ECDSA on the curve P-256 with SHA-256 (FIPS 186-5) over the body as it came, DER in base64; a second
header names the public key. Public keys come from a setting, never from the network: nobody who can answer in a
scanner's place can stop keys here.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from apikeys.leaks import report_leak
from teams.audit import Actor

IDENTIFIER_HEADER: Final = "Github-Public-Key-Identifier"
SIGNATURE_HEADER: Final = "Github-Public-Key-Signature"
_ENTRY: Final = re.compile(r"([0-9A-Za-z_.-]{1,128}):([0-9A-Za-z+/=]+)")


class BadScannerKeys(ValueError):
    """The setting is not a list of named public keys."""


class Unsigned(Exception):
    """There is no signature, or not one by a scanner that is believed, over this very body."""


class Unreadable(ValueError):
    """The body is not a list of matches."""


@dataclass(frozen=True, slots=True)
class Match:
    """A text that looks like a key, as a scanner found it. `repr` does not show it."""

    kind: str
    url: str
    text: str = field(repr=False)


def parse_scanner_keys(setting: str) -> dict[str, ec.EllipticCurvePublicKey]:
    """Read `IDENTIFIER:BASE64,…`, the base64 being what stands between the lines of a PEM. Raises `BadScannerKeys`."""
    keys: dict[str, ec.EllipticCurvePublicKey] = {}
    for position, entry in enumerate(setting.replace(",", " ").split(), start=1):
        match = _ENTRY.fullmatch(entry)
        if not match:
            raise BadScannerKeys(f"entry {position} is not of the form IDENTIFIER:BASE64")
        try:
            key = load_der_public_key(base64.b64decode(match[2], validate=True))
        except ValueError:  # binascii.Error is one
            raise BadScannerKeys(f"entry {position} holds no public key") from None
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise BadScannerKeys(f"entry {position} is not a key on the curve P-256")
        if match[1] in keys:
            raise BadScannerKeys(f"entry {position} has the identifier of an earlier one")
        keys[match[1]] = key
    return keys


@lru_cache(maxsize=4)
def scanner_keys(setting: str) -> Mapping[str, ec.EllipticCurvePublicKey]:
    return parse_scanner_keys(setting)


def verify(body: bytes, *, identifier: str, signature: str, keys: Mapping[str, ec.EllipticCurvePublicKey]) -> None:
    """Raises `Unsigned`."""
    key = keys.get(identifier)
    if key is None:
        raise Unsigned
    try:
        key.verify(base64.b64decode(signature, validate=True), body, ec.ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        raise Unsigned from None


def parse_matches(body: bytes) -> list[Match]:
    """Raises `Unreadable`; its message never quotes the body."""
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("The body is not JSON.") from None
    if not isinstance(entries, list):
        raise Unreadable("The body is not an array.")
    return [_match(entry, position) for position, entry in enumerate(entries, start=1)]


def _match(entry: Any, position: int) -> Match:
    if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
        raise Unreadable(f"Entry {position} has no “token”.")
    kind, url = entry.get("type"), entry.get("url")
    return Match(
        text=entry["token"],
        kind=kind if isinstance(kind, str) else "",
        url=url if isinstance(url, str) else "",
    )


def report(matches: list[Match], *, actor: Actor) -> list[dict[str, str]]:
    """Stop what is a key of ours, and say of each match whether it was one, in the form that the programme asks for.

    Each is a transaction of its own: the first is stopped before the last is looked at.
    """
    return [
        {
            "token_hash": hashlib.sha256(match.text.encode(errors="surrogatepass")).hexdigest(),
            "token_type": match.kind,
            "label": "true_positive"
            if report_leak(text=match.text, found_at=match.url, actor=actor)
            else "false_positive",
        }
        for match in matches
    ]
