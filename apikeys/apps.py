from django.apps import AppConfig


class APIKeysConfig(AppConfig):
    name = "apikeys"
    verbose_name = "API keys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apikeys import (  # noqa: PLC0415 - need the models
            checks,  # noqa: F401 - registers the system checks
            network_binding,
            ownership,
        )

        network_binding.connect()
        ownership.connect()
