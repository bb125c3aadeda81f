"""Somebody has lost every second factor, and the recovery codes too.

An operator who knows them takes the factors away: they sign in with the password alone then, and add new ones. (A team
that asks for a second factor stays closed until they have.)
"""

from typing import Final

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from console.mail import post
from teams import audit
from teams.errors import RefusedChange
from teams.models import User

FACTORS_TAKEN_AWAY: Final = audit.kind("second_factor.taken_away", "took every second factor from {object}")


@transaction.atomic
def take_second_factors(*, user: User, actor: audit.Actor) -> None:
    """Remove app, passkeys and recovery codes, end all sessions, and mail the person about it.

    Raises `RefusedChange` for somebody who has none.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    factors = Authenticator.objects.filter(user=user)
    if not factors.exists():
        raise RefusedChange(f"{user} has no second factor.")
    factors.delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    audit.record_for_people(kind=FACTORS_TAKEN_AWAY, actor=actor, user=user)
    post(
        EmailMessage(
            subject="[Gatehouse] Your second factors were removed",
            body=render_to_string("console/mail/factors_taken_away.txt", {"user": user, "by": actor.name}),
            to=[user.email],
        )
    )
