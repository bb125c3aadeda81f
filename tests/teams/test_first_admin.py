"""The person who can let everybody else in, and the password that is shown once."""

import math
import string

import pytest

from teams.errors import RefusedChange
from teams.first_admin import first_admin, new_password
from teams.models import AuditEvent, Membership, User
from tests.cast import BY_TESTS, PASSWORD, Cast

ALIKE = set("0O1lIo")


def test_a_password_holds_a_hundred_bits_and_can_be_read_aloud() -> None:
    """Every symbol that is used turns up in a thousand passwords, or the odds are 1 in 10^270."""
    passwords = [new_password() for _ in range(1000)]
    symbols = set("".join(passwords)) - {"-"}
    assert not symbols & ALIKE
    assert symbols <= set(string.ascii_lowercase + string.digits)
    assert {tuple(map(len, password.split("-"))) for password in passwords} == {(5, 5, 5, 5)}
    assert 20 * math.log2(len(symbols)) >= 100
    assert len(set(passwords)) == 1000


def test_somebody_new_gets_a_password(cast: Cast) -> None:
    password = first_admin(cast.acme, "new@acme.example", BY_TESTS)
    person = User.objects.get(email="new@acme.example")
    assert password
    assert person.check_password(password)
    assert Membership.objects.get(user=person, team=cast.acme).role == "admin"
    assert password not in str(list(AuditEvent.objects.values()))
    assert password not in str(list(User.objects.values()))


def test_somebody_known_keeps_theirs(cast: Cast) -> None:
    assert first_admin(cast.acme, "mallory@globex.example", BY_TESTS) is None
    assert User.objects.get(pk=cast.mallory.pk).check_password(PASSWORD)


def test_somebody_who_may_not_sign_in_is_no_admin(cast: Cast) -> None:
    User.objects.filter(pk=cast.mallory.pk).update(is_active=False)
    with pytest.raises(RefusedChange, match="may not sign in"):
        first_admin(cast.acme, "mallory@globex.example", BY_TESTS)
    assert not cast.acme.memberships.filter(user=cast.mallory).exists()
