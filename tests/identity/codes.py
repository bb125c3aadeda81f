"""What an authenticator app shows: time-based one-time passwords (RFC 6238, RFC 4226), computed anew."""

import base64
import hmac
import time

STEP = 30


def code(secret: str, *, steps: int = 0, at: float | None = None) -> str:
    """The six digits of the current step, or of one `steps` later."""
    counter = int((time.time() if at is None else at) // STEP) + steps
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
