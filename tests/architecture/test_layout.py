"""The house is laid out the same way everywhere, so that a reader knows where to look."""

import ast
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.server import ROOT

APPS = ("teams", "ipsubnets", "apikeys")
SAME_IN_EVERY_APP = ("apps", "models", "services", "selectors", "migrations.0001_initial", "management.commands")
SAME_WHERE_PAGES_ARE = ("forms", "views", "urls", "lists")
LONGEST = 300
NO_SUBJECT = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py"}


def _tracked() -> list[Path]:
    """What is in the repository, and what is about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        return []
    return [path for name in listed.stdout.decode().splitlines() if (path := ROOT / name).is_file()]


TRACKED = _tracked()
needs_git = pytest.mark.skipif(not TRACKED, reason="this is not a clone: git does not list its files")


def modules(*directories: str) -> list[Path]:
    return sorted(path for directory in directories for path in (ROOT / directory).rglob("*.py"))


@pytest.mark.parametrize("app", APPS)
def test_every_app_has_the_same_files(app: str) -> None:
    expected = SAME_IN_EVERY_APP + (() if app == "teams" else SAME_WHERE_PAGES_ARE)
    assert [name for name in expected if find_spec(f"{app}.{name}") is None] == []


@pytest.mark.parametrize("app", [*APPS, "console"])
def test_every_app_has_its_tests(app: str) -> None:
    assert list((ROOT / "tests" / app).glob("test_*.py"))


def test_a_reader_can_hold_a_file_in_their_head() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in modules(*APPS, "console")}
    written = {path: length for path, length in lengths.items() if "migrations" not in path.parts}
    assert {str(path.relative_to(ROOT)): length for path, length in written.items() if length > LONGEST} == {}
    assert sum(length > 200 for length in written.values()) < len(written) / 10, "most are under 200 lines"


def test_every_file_has_a_subject() -> None:
    assert [path for path in modules(*APPS, "console", "tests") if path.name in NO_SUBJECT] == []


def test_every_module_says_what_it_is_about() -> None:
    """Django's own small files (apps, urls, tables of one model) speak for themselves."""
    speak_for_themselves = {"apps.py", "urls.py", "policy_change.py", "formats.py", "__init__.py"}
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(*APPS, "console", "tests")
        if path.name not in speak_for_themselves
        and "migrations" not in path.parts
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_nothing_is_left_to_do() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [path for path in modules(*APPS, "console") if unfinished.search(path.read_text())] == []


MACHINE_PATHS = re.compile(rb"(?<![\w/.])/(?:home|root|Users|work|mnt/data)/[\w.-]+")
INDEX_HOSTS = re.compile(
    rb"pypi\.org|pythonhosted\.org|registry\.npmjs|test\.pypi|jfrog\.io|devpi|--index-url|--extra-index-url"
    rb"|--find-links|PIP_INDEX_URL|UV_INDEX",
    re.IGNORECASE,
)
SELF = Path(__file__)


@needs_git
@pytest.mark.parametrize("pattern", [MACHINE_PATHS, INDEX_HOSTS], ids=["machine path", "package index"])
def test_nothing_belongs_to_one_machine(pattern: re.Pattern[bytes]) -> None:
    found = {
        str(path.relative_to(ROOT)): pattern.findall(path.read_bytes())[:3]
        for path in TRACKED
        if path != SELF and pattern.search(path.read_bytes())
    }
    assert found == {}


@needs_git
def test_nothing_secret_and_nothing_generated_is_in_the_repository() -> None:
    suspicious = re.compile(r"(^|/)(\.env|data|\.venv|node_modules|__pycache__)(/|$)|\.(sqlite3|pem|key|pyc|log)$")
    names = [str(path.relative_to(ROOT)) for path in TRACKED]
    assert [name for name in names if suspicious.search(name)] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    pinned = re.compile(
        r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==[0-9][^\s;]*(\s*;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*"
    )
    assert entries
    assert [entry[:80] for entry in entries if not pinned.fullmatch(entry)] == []


def test_what_tests_need_contains_what_serving_needs() -> None:
    """The same version of everything: what is tested is what is served."""

    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+(?:\[[^\]]+\])?==[^\s;]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")
