"""Gatehouse's own settings, in a data directory of their own and on a database of the tests' own."""

import os
import tempfile
from pathlib import Path

TEST_DATABASE_URL = os.environ.get("GATEHOUSE_TEST_DATABASE_URL", "")

for name in [name for name in os.environ if name.startswith("GATEHOUSE_") and not name.startswith("GATEHOUSE_TEST_")]:
    del os.environ[name]
DIRECTORY = Path(tempfile.mkdtemp(prefix="gatehouse-tests-"))
os.environ["GATEHOUSE_DATA_DIR"] = str(DIRECTORY)
if TEST_DATABASE_URL:
    os.environ["GATEHOUSE_DATABASE_URL"] = TEST_DATABASE_URL

from console.settings import *  # noqa: E402, F403
from console.settings import DATABASES  # noqa: E402

if not TEST_DATABASE_URL:
    DATABASES["default"]["TEST"] = {"NAME": str(DIRECTORY / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # only so that the suite is quick
WHITENOISE_AUTOREFRESH = True  # likewise: every test client would look through the static files first
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
