"""Somebody with a shell makes operators: `manage.py createsuperuser` and `manage.py operator`."""

import pytest

from teams import audit
from teams.models import AuditEvent, User
from teams.services import add_operator
from tests.cast import BY_TESTS, PASSWORD, Cast
from tests.commands import manage, manage_json, refused
from tests.identity.visitor import Visitor


def newest() -> str:
    return audit.sentence(AuditEvent.objects.filter(chain=audit.INSTALLATION_CHAIN).order_by("-seq")[0])


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    return PASSWORD


def test_createsuperuser_makes_an_operator(db: None, password: str) -> None:
    manage("createsuperuser", "--noinput", "--email", "Gus@Gatehouse.example")
    gus = User.objects.get()
    assert (gus.email, gus.is_superuser, gus.is_active) == ("gus@gatehouse.example", True, True)
    assert newest() == "Command line made an account for the operator gus@gatehouse.example"
    visitor = Visitor()
    visitor.sign_in(gus.email)
    assert visitor.get("/")["Location"] == "/operators/teams/"
    assert visitor.page("/operators/teams/")


def test_its_address_can_be_in_the_environment_too(db: None, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "gus@gatehouse.example")
    manage("createsuperuser", "--noinput")
    assert User.objects.get().check_password(password)


def test_without_a_password_there_is_none(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No default one, anywhere."""
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD", raising=False)
    manage("createsuperuser", "--noinput", "--email", "gus@gatehouse.example")
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("ann@acme.example", "already taken"),
        ("ANN@acme.example", "already taken"),
        ("not an address", "Enter a valid email address."),
        ("ann@faß.example", "read in two ways"),
    ],
)
def test_an_address_that_cannot_be_is_refused(cast: Cast, password: str, email: str, said: str) -> None:
    before = User.objects.count()
    assert said in refused("createsuperuser", "--noinput", "--email", email)
    assert User.objects.count() == before


def test_operators_are_listed(cast: Cast) -> None:
    assert manage("operator", "list") == "There are no operators yet.\n"
    assert manage_json("operator", "list") == []
    add_operator(email="gus@gatehouse.example", full_name="Gus Gate", password=None, actor=BY_TESTS)
    assert manage_json("operator", "list") == [
        {"email": "gus@gatehouse.example", "full_name": "Gus Gate", "active": True, "last_sign_in": None}
    ]
    assert "gus@gatehouse.example  Gus Gate" in manage("operator", "list")


def test_a_person_becomes_one_and_is_one_no_longer(cast: Cast) -> None:
    add_operator(email="gus@gatehouse.example", password=None, actor=BY_TESTS)
    assert manage("operator", "appoint", "Ann@acme.example") == "ann@acme.example is an operator now.\n"
    assert newest() == "Command line made ann@acme.example an operator"
    assert User.objects.get(pk=cast.ann.pk).is_superuser
    assert manage_json("operator", "dismiss", "ann@acme.example")["email"] == "ann@acme.example"
    assert newest() == "Command line took an operator’s rights from ann@acme.example"
    assert not User.objects.get(pk=cast.ann.pk).is_superuser


def test_what_cannot_be_is_refused_in_words(cast: Cast) -> None:
    assert "Nobody signs in with nobody@acme.example" in refused("operator", "appoint", "nobody@acme.example")
    assert refused("operator", "dismiss", "ann@acme.example") == "Ann Lee is no operator."
    manage("operator", "appoint", "ann@acme.example")
    assert refused("operator", "appoint", "ann@acme.example") == "Ann Lee is an operator already."
    assert refused("operator", "dismiss", "ann@acme.example").startswith("Ann Lee is the last operator.")
