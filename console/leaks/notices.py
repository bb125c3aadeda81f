"""Owner and admins are told at once that a key of theirs was found where others can read it."""

from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from apikeys.leaks import key_leaked
from apikeys.models import ApiKey, LeakReport
from console.mail import post
from console.reminders.digest import key_page
from console.reminders.due import Audience
from teams.texts import printable


def _on_leak(*, apikey: ApiKey, report: LeakReport, **_: Any) -> None:
    audience = Audience.of(apikey.team)
    for person in (audience.people[user_id] for user_id in sorted(audience.told_of(apikey))):
        context = {
            "user": person,
            "apikey": apikey,
            "team": apikey.team,
            "report": report,
            "link": key_page(apikey),
        }
        post(
            EmailMessage(
                subject=printable(f"[Gatehouse] The key {apikey.name} was leaked and is stopped"),
                body=render_to_string("console/mail/key_leaked.txt", context),
                to=[person.email],
            )
        )


def connect() -> None:
    key_leaked.connect(_on_leak, dispatch_uid="leak-notices")
