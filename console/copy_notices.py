"""Whoever owns a key is told when somebody else has copied it from its sealed copy."""

from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from apikeys.models import ApiKey
from apikeys.services import key_copied
from console.mail import post
from teams.audit import Actor
from teams.models import User
from teams.texts import printable


def _on_copy(*, apikey: ApiKey, actor: Actor, **_: Any) -> None:
    for person in _owners(apikey):
        if person.pk != actor.user_id:
            context = {"user": person, "apikey": apikey, "team": apikey.team, "actor": actor}
            post(
                EmailMessage(
                    subject=printable(f"[Gatehouse] The key {apikey.name} was copied"),
                    body=render_to_string("console/mail/key_copied.txt", context),
                    to=[person.email],
                )
            )


def _owners(apikey: ApiKey) -> list[User]:
    if apikey.owner_group is not None:
        return list(apikey.owner_group.members.filter(is_active=True))
    return [apikey.owner_user] if apikey.owner_user is not None and apikey.owner_user.is_active else []


def connect() -> None:
    key_copied.connect(_on_copy, dispatch_uid="copy-notices")
