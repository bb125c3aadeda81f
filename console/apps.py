from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console import checks  # noqa: F401, PLC0415 - registers the system checks
        from console.datasets import checks as dataset_checks  # noqa: F401, PLC0415
        from console.enforcement import changes  # noqa: PLC0415

        changes.connect()
