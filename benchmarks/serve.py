"""`python -m benchmarks.serve MODULE:APPLICATION PORT [WORKERS [INTERFACE]]`: the server, with Gatehouse's options."""

import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings

from console.server_options import HEADER_TIMEOUT, LARGEST_HEADERS, STOP_TIMEOUT


def main(application: str, port: str, workers: str = "1", interface: str = "asgi") -> None:
    is_asgi = interface == "asgi"
    Granian(
        application,
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces(interface),
        workers=int(workers),
        http=HTTPModes.http1,
        websockets=False,
        loop=Loops.uvloop if is_asgi else Loops.auto,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT, max_buffer_size=LARGEST_HEADERS),
        workers_kill_timeout=STOP_TIMEOUT,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
