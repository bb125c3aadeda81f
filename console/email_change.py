"""A person's e-mail address: changed, or verified, by a link that is mailed to it.

The link says who it is for and what it changes, and is signed; nothing is kept of it. It works only while that person
is signed in, so nobody can be talked into adding their address to somebody else's account, and only until the address
has changed.
"""

from typing import Final

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models.signals import post_save

from console.public_address import public_url
from teams import audit
from teams.errors import RefusedChange
from teams.models import User

SALT: Final = "gatehouse.email-change"
LIFETIME: Final = 24 * 3600
"""Seconds that a link works."""

ADDRESS_CHANGED = audit.kind("email.changed", "changed the e-mail address of {before} to {object}")
ADDRESS_VERIFIED = audit.kind("email.verified", "verified the e-mail address {object}")


def is_verified(user: User) -> bool:
    return bool(EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists())


def link_for(user: User, address: str) -> str:
    """For the mail to the new address (or to the current one, which it verifies)."""
    token = signing.dumps([user.pk, user.email, address], salt=SALT)
    return public_url("account_confirm_email", token)


def address_in(token: str, user: User) -> str | None:
    """The address that a link is about; None for one that is forged, old, used, or somebody else's."""
    try:
        person, before, address = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError):
        return None
    return str(address) if (person, before) == (user.pk, user.email) else None


@transaction.atomic
def change_address(*, user: User, address: str, actor: audit.Actor) -> User:
    """The address is proved to be the person's. Raises `RefusedChange` if somebody else signs in with it."""
    user = User.objects.select_for_update().get(pk=user.pk)
    before, user.email = user.email, address
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError:
        raise RefusedChange("Somebody else signs in with this address.", field="email") from None
    mark_verified(user)
    kind, details = (ADDRESS_VERIFIED, {}) if before == address else (ADDRESS_CHANGED, {"before": before})
    audit.record_for_people(kind=kind, actor=actor, user=user, details=details)
    return user


def mark_verified(user: User) -> None:
    """Somebody who is to be believed has said that the person's address is the person's."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def _forget_former_addresses(instance: User, update_fields: frozenset[str] | None, **_: object) -> None:
    """allauth signs people in with every address that it has of them: it is to have no other than the current one."""
    if update_fields is None or "email" in update_fields:
        EmailAddress.objects.filter(user=instance).exclude(email=instance.email).delete()


def connect() -> None:
    post_save.connect(_forget_former_addresses, sender=User, dispatch_uid="email-change")
