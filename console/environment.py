"""What the environment says, and the secrets that a first start makes when it says nothing.

Every variable `NAME` can be given as `NAME_FILE` instead, the path of a file that holds the value.
"""

import base64
import os
import secrets
import tempfile
from pathlib import Path

from environ import FileAwareEnv
from environ.fileaware_mapping import FileAwareMapping


class _Environment(FileAwareMapping):  # type: ignore[misc]
    """A file's value usually ends with a newline that is no part of it."""

    def __getitem__(self, name: str) -> str:
        return str(super().__getitem__(name)).strip()


env = FileAwareEnv()
env.ENVIRON = _Environment()


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
