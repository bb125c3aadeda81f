"""The mail that asks somebody to join a team."""

import logging
from enum import StrEnum
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from console.public_address import public_url
from teams.services.invitations import NewInvitation
from teams.texts import printable

logger = logging.getLogger("gatehouse.mail")

PRINTED: Final = "django.core.mail.backends.console.EmailBackend"


class Mailed(StrEnum):
    """What became of the mail."""

    SENT = "sent"
    FAILED = "failed"
    NOT_SET_UP = "not_set_up"


def invitation_link(new: NewInvitation) -> str:
    return public_url("console:invitation", new.token)


def mail_invitation(new: NewInvitation) -> Mailed:
    """Outside the transaction that made the invitation, which stands whatever becomes of the mail."""
    if settings.EMAIL_BACKEND == PRINTED:  # what it prints ends up in a log, and the link is a secret
        return Mailed.NOT_SET_UP
    context = {"invitation": new.invitation, "team": new.invitation.team, "link": invitation_link(new)}
    subject = printable(f"{new.invitation.invited_by_name} invites you to {new.invitation.team.name}")
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("console/mail/invitation.txt", context),
        to=[new.invitation.email],
    )
    mail.attach_alternative(render_to_string("console/mail/invitation.html", context), "text/html")
    try:
        mail.send()
    except (OSError, SMTPException) as error:
        logger.warning("The invitation %s could not be mailed: %s", new.invitation.pk, type(error).__name__)
        return Mailed.FAILED
    return Mailed.SENT
