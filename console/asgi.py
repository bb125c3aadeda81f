"""The front door: every request comes in here, with its headers as they were sent.

* Header names with an underscore are dropped: WSGI could not tell `X_Forwarded_For` from `X-Forwarded-For`.
* The client's address and the credential are read from the raw headers, once, for everybody behind.
* The gate's own paths are answered here, on the event loop. Everything else is handed to Django in a thread.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
django.setup(set_prefix=False)

from console.django_handlers import DjangoApplication  # noqa: E402 - these need the settings and the apps
from console.front_door import FrontDoor  # noqa: E402

application = FrontDoor(DjangoApplication())
