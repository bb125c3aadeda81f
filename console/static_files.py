"""Static files without a build step: each URL carries the hash of its file, so browsers may keep the file for good."""

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class VersionedStaticFiles(StaticFilesStorage):
    """`css/base.css` becomes `/static/css/base.css?v=1a2b3c4d5e6f`."""

    def url(self, name: str | None) -> str:
        version = _version(name) if name else ""
        return f"{super().url(name)}?v={version}" if version else super().url(name)


@lru_cache(maxsize=512)
def _version(name: str) -> str:
    """Empty for a file that does not exist. A file is read once in a process: it changes only with a release."""
    path = finders.find(name)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12] if path else ""
