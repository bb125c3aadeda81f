"""What the environment says, and the secrets that a first start makes when it says nothing.

Every variable `NAME` can be given as `NAME_FILE` instead, the path of a file that holds the value.
"""

import base64
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv
from environ.fileaware_mapping import FileAwareMapping

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unusable:
    """A variable that cannot be read as what it is for."""

    name: str
    hint: str


unusable: list[Unusable] = []
"""What a system check reports: settings are read before there are checks, and a traceback helps nobody."""


class _Environment(FileAwareMapping):  # type: ignore[misc]
    """A file's value usually ends with a newline that is no part of it."""

    def __getitem__(self, name: str) -> str:
        try:
            return str(super().__getitem__(name)).strip()
        except (OSError, UnicodeError):
            unusable.append(Unusable(f"{name}_FILE", "Name a text file that this user may read."))
            raise KeyError(name) from None


env = FileAwareEnv()
env.ENVIRON = _Environment()


def read(name: str, convert: Callable[[str], T], *, default: str, hint: str) -> T:
    """The variable as `convert` reads it; the default where it raises, and an error of the system checks."""
    text = env.str(name, default="")
    try:
        return convert(text or default)
    except (ValueError, ImproperlyConfigured):
        unusable.append(Unusable(name, hint))
        return convert(default)


def whole_number(most: int) -> Callable[[str], int]:
    """Reads one from 0 to `most`. What it returns raises `ValueError` for anything else."""

    def convert(text: str) -> int:
        number = int(text.strip().removeprefix("/"))
        if not 0 <= number <= most:
            raise ValueError(text)
        return number

    return convert


def database(url: str) -> dict[str, Any]:
    """Django's settings for a database of a kind that Gatehouse runs on. Raises `ValueError` for any other."""
    config: dict[str, Any] = env.db_url_config(url)
    if config.get("ENGINE") not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
        raise ValueError("neither SQLite nor PostgreSQL")
    return config


def data_directory() -> Path:
    """`GATEHOUSE_DATA_DIR`, made with mode 0700 if it is not there."""
    directory = Path(env.str("GATEHOUSE_DATA_DIR", default="./data")).resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def secret(name: str, directory: Path, *, numbered: bool) -> str:
    """The secret setting `name`; where it is not given, the generated one in the data directory (mode 0600)."""
    given: str = env.str(name, default="")
    if given:
        return given
    path = directory / name.removeprefix("GATEHOUSE_").lower()
    if not path.exists():
        random = base64.b64encode(secrets.token_bytes(32)).decode("ascii")
        _write_once(path, f"1:{random}" if numbered else secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii").strip()


def _write_once(path: Path, text: str) -> None:
    """Several processes may start at once: the file appears whole, and whoever comes second uses the first one's."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
