"""Gus, who operates the installation that Acme and Globex are teams of, and is in neither."""

import pytest

from teams.models import User
from teams.services import add_operator
from tests.cast import BY_TESTS, PASSWORD, Cast
from tests.identity.conftest import chromium, windows
from tests.identity.visitor import Visitor, signed_in

__all__ = ["chromium", "windows"]


@pytest.fixture
def gus(cast: Cast) -> User:
    return add_operator(email="gus@gatehouse.example", full_name="Gus Gate", password=PASSWORD, actor=BY_TESTS)


@pytest.fixture
def operator(gus: User) -> Visitor:
    """Gus at the console. He has proved who he is."""
    return signed_in(gus, proved=True)
