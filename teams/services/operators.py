"""What operators do to people's accounts: making, ending and restoring them, and who is an operator."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from teams import audit
from teams.email_addresses import fold_address
from teams.errors import RefusedChange
from teams.models import User
from teams.names import longest
from teams.texts import clean_line

PERSON_ADDED = audit.kind("person.added", "made an account for {object}")
OPERATOR_ADDED = audit.kind("operator.added", "made an account for the operator {object}")
PERSON_DEACTIVATED = audit.kind("person.deactivated", "deactivated the account of {object}")
PERSON_REACTIVATED = audit.kind("person.reactivated", "reactivated the account of {object}")
PASSWORD_SET = audit.kind("password.set_by_operator", "set a new password for {object}")
OPERATOR_APPOINTED = audit.kind("operator.appointed", "made {object} an operator")
OPERATOR_DISMISSED = audit.kind("operator.dismissed", "took an operator’s rights from {object}")


@transaction.atomic
def add_person(*, email: str, full_name: str, password: str | None, actor: audit.Actor) -> User:
    """Without a password they get in by single sign-on, or by having one mailed.

    Raises `RefusedChange` for an address or name that cannot be, an address that is taken, and a weak password.
    """
    if password is not None:
        _check_password(password, User(email=email, full_name=full_name))
    user = _make(email, full_name, password)
    audit.record_for_people(kind=PERSON_ADDED, actor=actor, user=user)
    return user


@transaction.atomic
def add_operator(*, email: str, full_name: str = "", password: str | None, actor: audit.Actor) -> User:
    """Somebody with a shell decides on the password. Raises `RefusedChange` for an address or name that cannot be."""
    user = _make(email, full_name, password, is_superuser=True, is_staff=True)
    audit.record_for_people(kind=OPERATOR_ADDED, actor=actor, user=user)
    return user


@transaction.atomic
def deactivate_person(*, user: User, actor: audit.Actor) -> User:
    """They are signed out with their next request and cannot sign in again. Their keys and memberships stay.

    Raises `RefusedChange` for the last operator, and when it is so already.
    """
    user = _locked(user)
    if not user.is_active:
        raise RefusedChange(f"The account of {user} is deactivated already.", field="is_active")
    _refuse_last_operator(user, "is_active")
    return _change(user, "is_active", to=False, kind=PERSON_DEACTIVATED, actor=actor)


@transaction.atomic
def reactivate_person(*, user: User, actor: audit.Actor) -> User:
    """Raises `RefusedChange` when it is so already."""
    user = _locked(user)
    if user.is_active:
        raise RefusedChange(f"The account of {user} is active already.", field="is_active")
    return _change(user, "is_active", to=True, kind=PERSON_REACTIVATED, actor=actor)


@transaction.atomic
def appoint_operator(*, user: User, actor: audit.Actor) -> User:
    """Raises `RefusedChange` when it is so already."""
    user = _locked(user)
    if user.is_superuser:
        raise RefusedChange(f"{user} is an operator already.", field="is_superuser")
    return _change(user, "is_superuser", to=True, kind=OPERATOR_APPOINTED, actor=actor)


@transaction.atomic
def dismiss_operator(*, user: User, actor: audit.Actor) -> User:
    """Raises `RefusedChange` for the last operator, and when they are none."""
    user = _locked(user)
    if not user.is_superuser:
        raise RefusedChange(f"{user} is no operator.", field="is_superuser")
    _refuse_last_operator(user, "is_superuser")
    return _change(user, "is_superuser", to=False, kind=OPERATOR_DISMISSED, actor=actor)


@transaction.atomic
def set_password(*, user: User, password: str, actor: audit.Actor) -> User:
    """For somebody who has lost theirs. All their sessions end. Raises `RefusedChange` for a weak one."""
    user = _locked(user)
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record_for_people(kind=PASSWORD_SET, actor=actor, user=user)
    return user


def _make(email: str, full_name: str, password: str | None, **flags: bool) -> User:
    email = fold_address(email)
    full_name = clean_line(full_name, longest=longest(User, "full_name"), what="name", field="full_name")
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, full_name=full_name, **flags)
    except IntegrityError:
        raise RefusedChange(f"{email} has an account already.", field="email") from None


def _locked(user: User) -> User:
    """The operators' rows are locked first, and in order: of two who dismiss each other at once, one is refused."""
    list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _refuse_last_operator(user: User, field: str) -> None:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise RefusedChange(f"{user} is the last operator. Make somebody else an operator first.", field=field)


def _change(user: User, flag: str, *, to: bool, kind: str, actor: audit.Actor) -> User:
    """Django asks for `is_staff` here and there; to us it says the same as `is_superuser`."""
    flags = ["is_superuser", "is_staff"] if flag == "is_superuser" else [flag]
    for name in flags:
        setattr(user, name, to)
    user.save(update_fields=flags)
    audit.record_for_people(kind=kind, actor=actor, user=user)
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise RefusedChange(" ".join(error.messages), field="password") from None
