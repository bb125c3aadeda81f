"""A view protected by djangorestframework-api-key, in a project as `startproject` writes it.

Runs in a virtual environment of its own. `PEER_DATABASE` is a path, or the name of a PostgreSQL database; with
`PEER_PERSISTENT` connections are kept. Run as a program, it migrates and prints a new key.
"""

import os
from pathlib import Path

from django.conf import settings

DATABASE = os.environ["PEER_DATABASE"]
ON_POSTGRESQL = not DATABASE.startswith("/")

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": f"django.db.backends.{'postgresql' if ON_POSTGRESQL else 'sqlite3'}",
            "NAME": DATABASE,
            "HOST": "127.0.0.1" if ON_POSTGRESQL else "",
            "USER": "postgres" if ON_POSTGRESQL else "",
            "CONN_MAX_AGE": None if os.environ.get("PEER_PERSISTENT") else 0,
        }
    },
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "rest_framework",
        "rest_framework_api_key",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
)

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

application = get_wsgi_application()

from rest_framework.views import APIView
from rest_framework_api_key.models import APIKey
from rest_framework_api_key.permissions import HasAPIKey

BODY = Path(os.environ["PEER_BODY"]).read_bytes()
"""The very answer of Gatehouse's view, ready made: what is compared is the check of a key."""


class Datasets(APIView):
    permission_classes = [HasAPIKey]

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(BODY, content_type="application/json")


urlpatterns = [path("api/v1/datasets", Datasets.as_view())]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    print(APIKey.objects.create_key(name="benchmark")[1])
