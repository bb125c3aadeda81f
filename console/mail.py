"""Mails about accounts leave beside the request that causes them.

So a page neither waits for the mail server, nor fails with it, nor tells by how long it takes whether there is an
account to write to.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.core.mail import EmailMessage
from django.db import transaction

logger = logging.getLogger("gatehouse.mail")
SENDERS: Final = 2
senders = ThreadPoolExecutor(max_workers=SENDERS, thread_name_prefix="mail")


def post(mail: EmailMessage) -> None:
    """Send it soon, once what it tells of is committed.

    Whatever keeps it from being sent is in the log, without what the mail says.
    """
    transaction.on_commit(lambda: senders.submit(_send, mail))


def _send(mail: EmailMessage) -> None:
    try:
        mail.send()
    except Exception as error:  # noqa: BLE001 - of the mail server, or of whichever backend stands for it
        logger.warning("The mail “%s” to %s could not be sent: %s", mail.subject, ", ".join(mail.to), error)
