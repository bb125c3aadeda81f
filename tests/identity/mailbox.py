"""A real SMTP server on the loopback, and the mails that reached it."""

import email
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.server import free_port, wait_until


class Mailbox:
    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []

    @property
    def url(self) -> str:
        """As `GATEHOUSE_EMAIL_URL` has it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 Taken"

    def to(self, address: str) -> list[EmailMessage]:
        pairs = zip(self.recipients, self.mails, strict=True)
        return [mail for recipients, mail in pairs if recipients == [address]]

    def wait_for(self, address: str, subject: str) -> EmailMessage:
        """The newest mail to the address with these words in its subject."""
        found: list[EmailMessage] = []

        def came() -> bool:
            found[:] = [mail for mail in self.to(address) if subject in mail["Subject"]]
            return bool(found)

        wait_until(came, f"no mail “{subject}” came to {address}", seconds=30)
        return found[-1]


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content())


def link_in(mail: EmailMessage, part: str = "") -> str:
    """The link with `part` in it."""
    links: list[str] = re.findall(r"https?://\S+", text_of(mail))
    return next(link for link in links if part in link)


@contextmanager
def mail_server(port: int = 0) -> Iterator[Mailbox]:
    mailbox = Mailbox(port)
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
