"""Names of teams and groups, and the slugs made of them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst, slugify

from teams.errors import RefusedChange
from teams.models import Team, User
from teams.texts import clean_line


def clean_name(text: str, of_what: str) -> str:
    """The name with its white space tidied. Raises `RefusedChange` for one that is empty or cannot be shown."""
    name = clean_line(text, longest=longest(Team, "name"), what="name", field="name")
    if not name:
        raise RefusedChange(f"Give the {of_what} a name.", field="name")
    return name


def slug_of(name: str) -> str:
    """Empty for a name without a letter a to z and without a digit."""
    return slugify(name.replace("_", " "))[: longest(Team, "slug")].strip("-")


def longest(model: type[models.Model], field: str) -> int:
    """In characters."""
    length: int = model._meta.get_field(field).max_length  # type: ignore[union-attr, assignment]
    return length


def check_fields(row: Team | User) -> None:
    """Raises the model's own first objection as a `RefusedChange`."""
    try:
        row.clean_fields()
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        label = capfirst(getattr(row._meta.get_field(name), "verbose_name", name))
        raise RefusedChange(f"{label}: {messages[0]}", field=name) from None
