"""What stays out of the logs: links that are secrets, and pages of traceback about what anybody can send."""

import logging
import re
from typing import Final

SECRET_PATHS: Final = re.compile(
    r"(/invitations/|/setup/|/calendar/|/accounts/password/reset/key/|/accounts/confirm-email/)[^/?\s\"']+"
)


class HideSecretLinks(logging.Filter):
    """Replaces the secret in the message and its arguments. Never drops a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if SECRET_PATHS.search(message):
            record.msg, record.args = SECRET_PATHS.sub(r"\1…", message), None
        return True


class InOneLine(logging.Filter):
    """Drops the traceback: what a client sends is told, and where in Django that was found out is of no use."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True
