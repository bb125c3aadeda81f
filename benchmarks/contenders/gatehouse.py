"""Gatehouse: `/authz`, the sample API, and the same API with the gate taken out."""

from benchmarks.contenders import Contender, Ring
from benchmarks.installation import Installation, bearer

AUTHZ, PROTECTED, UNPROTECTED = "/authz", "protected view", "unprotected view"
VIEW = "/api/v1/datasets"


def start(ring: Ring) -> None:
    installation = Installation(ring.folder("gatehouse")).seed()
    key = bearer(installation.keys[0])
    process = ring.stack.enter_context(installation.serve())
    ring.enter(Contender(AUTHZ, process, "/authz", key))
    ring.enter(Contender(PROTECTED, process, VIEW, key))
    open_process = ring.stack.enter_context(installation.serve("benchmarks.applications.unprotected:application"))
    ring.enter(Contender(UNPROTECTED, open_process, VIEW, key))
