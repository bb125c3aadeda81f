"""manage.py reseal: between adding a new sealing key to `GATEHOUSE_SEALING_KEYS` and taking an old one out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apikeys.sealing import sealing_keys
from console.sealed_secrets import reseal_everything


class Command(BaseCommand):
    help = (
        "Seal with the newest sealing key what older ones sealed: kept copies of keys, and people's second factors. "
        "Then the older ones can be taken out of GATEHOUSE_SEALING_KEYS."
    )

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ARG002
        copies, factors = reseal_everything()
        self.stdout.write(
            f"Sealed anew with sealing key {max(sealing_keys())}: {copies.done} copies of keys, "
            f"{factors.done} second factors."
        )
        if failed := copies.failed + factors.failed:
            raise CommandError("\n".join(["What could not be opened stays as it is:", *failed]))
