"""`manage.py`, as far as that goes without a process of its own: the test's transaction is visible to it."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def manage(*words: str) -> str:
    """What the command prints."""
    printed, errors = StringIO(), StringIO()
    call_command(words[0], *words[1:], stdout=printed, stderr=errors)
    assert errors.getvalue() == ""
    return printed.getvalue()


def manage_json(*words: str) -> Any:
    return json.loads(manage(*words, "--json"))


def refused(*words: str) -> str:
    """What is written to standard error by a command that ends with a non-zero exit status."""
    printed = StringIO()
    with pytest.raises(CommandError) as error:
        call_command(words[0], *words[1:], stdout=printed)
    assert printed.getvalue() == ""
    assert error.value.returncode
    return str(error.value)


def table(printed: str) -> list[list[str]]:
    """The cells of an aligned table: its columns stand where the titles stand."""
    lines = printed.splitlines()
    starts = [
        index for index, c in enumerate(lines[0]) if c != " " and (not index or lines[0][index - 2 : index] == "  ")
    ]
    ends = [*starts[1:], None]
    return [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines]
