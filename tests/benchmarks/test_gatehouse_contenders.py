"""What the benchmark measures is what it says: the protected view and its unprotected twin give the same answer."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.contenders import Contender, Ring, gatehouse
from benchmarks.contenders.gatehouse import AUTHZ, PROTECTED, UNPROTECTED

pytestmark = pytest.mark.server


def test_the_same_answer_with_the_gate_and_without(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ring = Ring(tmp_path, stack)
        gatehouse.start(ring)
        answers = {name: _said(contender) for name, contender in ring.started.items()}
    assert answers[PROTECTED] == answers[UNPROTECTED]
    assert b"us-equity" in answers[PROTECTED]
    assert answers[AUTHZ] == b""


def _said(contender: Contender) -> bytes:
    """But for the address of the server, which is in the links."""
    return contender.ask().replace(f":{contender.process.port}/".encode(), b"/")
