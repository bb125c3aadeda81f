"""manage.py serve: the ASGI front door on `GATEHOUSE_HOST:GATEHOUSE_PORT`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from console.metrics.published import start_anew
from console.sealed_secrets import missing_sealing_keys
from console.server_options import HEADER_TIMEOUT, LARGEST_HEADERS, STOP_TIMEOUT


class Command(BaseCommand):
    help = "Serve Gatehouse. Refuses to start when a setting is wrong."
    requires_system_checks = "__all__"

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ARG002
        _refuse_without_sealing_keys()
        # The workers are forked from this process, and a connection to a SQLite file must not be carried over a fork.
        connections.close_all()
        start_anew()
        Granian(
            "console.asgi:application",
            address=settings.GATEHOUSE_HOST,
            port=settings.GATEHOUSE_PORT,
            interface=Interfaces.ASGI,
            workers=settings.GATEHOUSE_WORKERS,
            http=HTTPModes.http1,
            websockets=False,
            loop=Loops.uvloop,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT, max_buffer_size=LARGEST_HEADERS),
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_TIMEOUT,
            log_access=False,
            log_level=LogLevels.warning,
        ).serve()


def _refuse_without_sealing_keys() -> None:
    """What cannot be unsealed any more is found out now, and not by whoever needs it."""
    missing = missing_sealing_keys()
    if missing:
        told = "; ".join(f"number {number}, which {what} cannot be opened without" for number, what in missing.items())
        raise CommandError(
            f"GATEHOUSE_SEALING_KEYS lacks sealing key {told}. Put it back; once “manage.py reseal” has been run with "
            "it, it can be left out."
        )
