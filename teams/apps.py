from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "teams"
    verbose_name = "Teams and people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from teams import (  # noqa: PLC0415 - need the models
            access,  # noqa: F401 - they register what the audit trail says of them
            first_run,  # noqa: F401
        )
