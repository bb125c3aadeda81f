"""Handing a mail to the mail server, and knowing what became of it.

A mail that was not sent may be sent again; one that was must not. SMTP leaves one moment in between (RFC 5321, 4.2.5
and RFC 1047): from the end of the message to the server's answer nobody but the server knows. That moment is marked
before it begins, so that a crash, too, leaves behind what is known.
"""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from smtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.db import Error as DatabaseError

PERMANENT = 500
"""Replies from here on mean: do not try again (RFC 5321, 4.2.1)."""


class Outcome(StrEnum):
    SENT = "sent"
    AWAY = "away"
    """There is no mail server to talk to: the next mail would fare no better."""
    FAILED = "failed"
    """Not sent; to be tried again."""
    REFUSED = "refused"
    """Not sent, and there is no use in trying again: the server knows no such address."""
    UNKNOWN = "unknown"


def deliver(mail: EmailMessage, *, handing_over: Callable[[], None]) -> tuple[Outcome, str]:
    """Send the mail to its one recipient: what became of it, and what went wrong, in words for the log.

    `handing_over` is called just before the message itself leaves. What it raises keeps it from leaving; an error of
    the database goes to the caller.
    """
    begun = False

    def hand_over() -> None:
        nonlocal begun
        handing_over()
        begun = True

    backend: Any = get_connection()
    try:
        backend.open()
    except (OSError, SMTPException) as error:
        return Outcome.AWAY, _words(error)
    try:
        if isinstance(smtp := getattr(backend, "connection", None), SMTP):
            _call_before_data(smtp, hand_over)
        else:
            hand_over()
        mail.connection = backend
        mail.send()
    except DatabaseError:
        raise
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return (Outcome.REFUSED if min(codes) >= PERMANENT else Outcome.FAILED), f"{type(error).__name__} {codes}"
    except SMTPResponseException as error:
        return Outcome.FAILED, f"{type(error).__name__} {error.smtp_code}"
    except Exception as error:  # noqa: BLE001 - of whichever backend: what counts is whether the mail may have left
        return (Outcome.UNKNOWN if begun else Outcome.FAILED), _words(error)
    finally:
        with suppress(OSError, SMTPException):
            backend.close()
    return Outcome.SENT, ""


def _call_before_data(smtp: SMTP, call: Callable[[], None]) -> None:
    """`smtplib` has no hook at the one command that matters."""
    data = smtp.data

    def marked(msg: Any) -> Any:
        call()
        return data(msg)

    smtp.data = marked  # type: ignore[method-assign]


def _words(error: Exception) -> str:
    """Without the server's own words, which may repeat what was sent to it."""
    return type(error).__name__
