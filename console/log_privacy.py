"""Links that are secrets, in the paths of requests: they stay out of the logs, whoever logs the path."""

import logging
import re
from typing import Final

SECRET_PATHS: Final = re.compile(
    r"(/invitations/|/setup/|/accounts/password/reset/key/|/accounts/confirm-email/)[^/?\s\"']+"
)


class HideSecretLinks(logging.Filter):
    """Replaces the secret in the message and its arguments. Never drops a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if SECRET_PATHS.search(message):
            record.msg, record.args = SECRET_PATHS.sub(r"\1…", message), None
        return True
