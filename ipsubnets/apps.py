from django.apps import AppConfig


class IPSubnetsConfig(AppConfig):
    name = "ipsubnets"
    verbose_name = "IP subnets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ipsubnets import (  # noqa: PLC0415 - registers what the audit trail says of networks
            observing,  # noqa: F401
            services,  # noqa: F401
            trials,  # noqa: F401
        )
