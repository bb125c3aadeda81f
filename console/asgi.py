"""The front door: every request comes in here, with its headers as they were sent.

* Header names with an underscore are dropped: WSGI could not tell `X_Forwarded_For` from `X-Forwarded-For`.
* The client's address and the credential are read from the raw headers, once, for everybody behind.
* The gate's own paths are answered here, on the event loop. Everything else is handed to Django in a thread.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

from django.core.wsgi import get_wsgi_application

django_application = get_wsgi_application()

from console.front_door import FrontDoor  # noqa: E402 - needs the settings and the apps

application = FrontDoor(django_application)
