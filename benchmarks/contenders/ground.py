"""What the same server does without Gatehouse: nothing at all, and a trivial Django view."""

from benchmarks.contenders import Contender, Ring
from benchmarks.processes import free_port, python, serve

HELLO, BARE, BAREST = "ASGI hello-world", "bare Django view", "bare Django view, no middleware"


def hello(ring: Ring) -> None:
    port = free_port()
    command = python("-m", "benchmarks.serve", "benchmarks.applications.hello:application", str(port))
    ring.enter(Contender(HELLO, ring.stack.enter_context(serve(command, port))))


def bare_django(ring: Ring) -> None:
    for name, middleware in ((BARE, "startproject"), (BAREST, "none")):
        port = free_port()
        command = python(
            "-m", "benchmarks.serve", "benchmarks.applications.bare_django:application", str(port), "1", "wsgi"
        )
        process = serve(command, port, environment={"BARE_MIDDLEWARE": middleware})
        ring.enter(Contender(name, ring.stack.enter_context(process)))
