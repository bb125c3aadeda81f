"""Whatever the mail server does, and whenever a process dies: nothing is lost, and nobody is mailed twice."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core.mail import EmailMessage

from console.reminders import outbox
from console.reminders.collecting import collect_reminders
from console.reminders.delivery import Outcome, deliver
from console.reminders.models import ReminderMail
from console.reminders.outbox import send_reminders
from teams.models import User
from tests.cast import Cast, make_key
from tests.identity.mailbox import Mailbox, mail_server, text_of
from tests.server import free_port

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock(cast: Cast, settings: Any) -> Iterator[time_machine.Traveller]:
    """At noon; one mail is due, to Dev, through a real mail server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 5
    with time_machine.travel(NOON - timedelta(days=9), tick=False) as clock:
        make_key(cast.acme, cast.dev, "Nightly", days=10)
        User.objects.filter(pk=cast.ann.pk).update(is_active=False)
        clock.move_to(NOON)
        assert collect_reminders(now=NOON) == 1
        yield clock


class Server:
    """Answers one command of the conversation in its own way."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.taken = answers, 0

    async def handle_RCPT(self, _s: Any, _e: Any, envelope: Any, address: str, _o: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, _s: Any, _e: Any, _envelope: Any) -> str:  # noqa: N802
        self.taken += 1
        return self.answers.get("data", "250 OK")


@contextmanager
def serving(server: Server, settings: Any) -> Iterator[Server]:
    settings.EMAIL_PORT = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@contextmanager
def hanging_up(settings: Any, *, after: bytes) -> Iterator[None]:
    """A mail server that goes away in the middle: as soon as it has read this."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings.EMAIL_PORT = listener.getsockname()[1]

    def serve() -> None:
        client, _ = listener.accept()
        client.sendall(b"220 here\r\n")
        said = b""
        while piece := client.recv(65536):
            said += piece
            if after in said:
                break
            client.sendall(b"354 go on\r\n" if said.endswith(b"data\r\n") else b"250 ok\r\n")
        client.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        listener.close()


def mail() -> ReminderMail:
    return ReminderMail.objects.get()


def send_at(clock: time_machine.Traveller, moment: datetime) -> int:
    clock.move_to(moment)
    return send_reminders(now=moment)


def test_a_mail_server_that_is_away_is_tried_again_ever_more_rarely(
    clock: time_machine.Traveller, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_PORT = free_port()
    moment, pauses = NOON, []
    for _ in range(9):
        assert send_at(clock, moment) == 0
        assert mail().state == "waiting"
        pauses.append(int((mail().next_attempt_at - moment).total_seconds() // 60))
        assert send_at(clock, mail().next_attempt_at - timedelta(seconds=1)) == 0
        moment = mail().next_attempt_at
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert "could not be sent (ConnectionRefusedError); tried again in 60 s." in caplog.text
    with mail_server() as mailbox:
        settings.EMAIL_PORT = mailbox.port
        assert send_at(clock, moment) == 1
        assert send_at(clock, moment + timedelta(hours=2)) == 0
        assert len(mailbox.mails) == 1
    assert mail().state == "sent"


def test_the_clock_is_set_back_while_the_mail_waits(clock: time_machine.Traveller, settings: Any) -> None:
    """By so much that its next attempt would be in a month."""
    settings.EMAIL_PORT = free_port()
    send_at(clock, NOON)
    with mail_server() as mailbox:
        settings.EMAIL_PORT = mailbox.port
        assert send_at(clock, NOON - timedelta(days=2)) == 1
        assert send_at(clock, NOON) == 0
        assert len(mailbox.mails) == 1


def test_days_without_a_mail_server_become_one_mail(cast: Cast, clock: time_machine.Traveller, settings: Any) -> None:
    """It tells of what holds on the day on which it goes."""
    settings.EMAIL_PORT = free_port()
    for days in range(3):
        moment = NOON + timedelta(days=days)
        clock.move_to(moment)
        collect_reminders(now=moment)
        assert send_reminders(now=moment) == 0
    with mail_server() as mailbox:
        settings.EMAIL_PORT = mailbox.port
        moment = NOON + timedelta(days=2, hours=3)
        assert send_at(clock, moment) == 1
        collect_reminders(now=moment)
        assert send_at(clock, moment) == 0
        (sent,) = mailbox.mails
    assert sent["Subject"] == "Key Nightly of Acme Research expired yesterday"


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"rcpt": "451 later"}, "waiting"),
        ({"rcpt": "550 nobody here"}, "refused"),
        ({"data": "452 full"}, "waiting"),
        ({"data": "554 not like this"}, "waiting"),
        ({}, "sent"),
    ],
)
def test_what_the_mail_server_answers_is_believed(
    clock: time_machine.Traveller, settings: Any, answers: dict[str, str], state: str
) -> None:
    with serving(Server(**answers), settings) as server:
        send_at(clock, NOON)
        assert mail().state == state
        if state in {"sent", "refused"}:
            taken = server.taken
            send_at(clock, NOON + timedelta(days=1))
            assert server.taken == taken


@pytest.mark.parametrize(
    ("after", "state"),
    [(b"ehlo", "waiting"), (b"mail FROM", "waiting"), (b"rcpt TO", "waiting"), (b"\r\n.\r\n", "unknown")],
)
def test_only_where_nobody_knows_is_it_left_at_that(
    clock: time_machine.Traveller, settings: Any, after: bytes, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Once the message has been said to the end, only the mail server knows whether it took it."""
    with hanging_up(settings, after=after):
        send_at(clock, NOON)
    assert mail().state == state
    assert ("may have been sent or not" in caplog.text) is (state == "unknown")
    with mail_server() as mailbox:
        settings.EMAIL_PORT = mailbox.port
        send_at(clock, NOON + timedelta(hours=1))
        assert len(mailbox.mails) == (state == "waiting")


@pytest.mark.parametrize(("left", "sent"), [("taken", 1), ("handing over", 0)])
def test_a_process_dies_over_a_mail(
    clock: time_machine.Traveller, settings: Any, left: str, sent: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It is sent if it had surely not been, and not before the process had time to end by itself."""
    ReminderMail.objects.update(state=left, attempts=1, taken_at=NOON)
    with mail_server() as mailbox:
        settings.EMAIL_PORT = mailbox.port
        send_at(clock, NOON + timedelta(minutes=9))
        assert mailbox.mails == []
        send_at(clock, NOON + timedelta(minutes=11))
        send_at(clock, NOON + timedelta(minutes=30))
        assert len(mailbox.mails) == sent
    assert mail().state == ("sent" if sent else "unknown")
    assert ("the process ended" in caplog.text) is not sent


def test_a_process_that_was_only_asleep_sends_nothing_twice(
    clock: time_machine.Traveller, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine is suspended when it has just taken a mail, and woken an hour later: another one has sent it since."""
    with mail_server() as mailbox:
        settings.EMAIL_PORT = mailbox.port

        def slept(message: EmailMessage, **how: Any) -> tuple[Outcome, str]:
            monkeypatch.setattr(outbox, "deliver", deliver)
            send_at(clock, NOON + timedelta(hours=1))
            return deliver(message, **how)

        monkeypatch.setattr(outbox, "deliver", slept)
        send_at(clock, NOON)
        assert len(mailbox.mails) == 1
    assert mail().state == "sent"


def test_what_arrives(clock: time_machine.Traveller, settings: Any) -> None:
    """Text and HTML, to one recipient, and with the same ID should it be tried again."""
    with mail_server() as mailbox:
        settings.EMAIL_PORT = mailbox.port
        send_at(clock, NOON)
        assert mailbox.recipients == [["dev@acme.example"]]
        (sent,) = mailbox.mails
    kinds = [part.get_content_type() for part in sent.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    text = sent.get_body(("plain",))
    assert text is not None
    assert "Nightly expires tomorrow: 16 Jan 2026, 12:00 UTC" in text_of(text)  # type: ignore[arg-type]
    assert sent["Message-ID"] == f"<reminder-{mail().pk}-{mail().person_id}@127.0.0.1>"
    assert isinstance(mailbox, Mailbox)
