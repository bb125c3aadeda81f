from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console import (  # noqa: PLC0415 - need the models
            active_sessions,
            checks,  # noqa: F401 - registers the system checks
            copy_notices,
            email_change,
            lost_factors,  # noqa: F401 - registers what the audit trail says of it
            operators,  # noqa: F401 - registers what the audit trail says of them
            second_factor,
            sign_in_events,
        )
        from console.calendars import links as calendar_links  # noqa: PLC0415
        from console.datasets import (  # noqa: PLC0415
            catalogue_rows,
            subscriptions,
        )
        from console.datasets import checks as dataset_checks  # noqa: F401, PLC0415
        from console.dry_run import replay  # noqa: PLC0415
        from console.enforcement import changes  # noqa: PLC0415
        from console.inbox import services as inbox_services  # noqa: F401, PLC0415 - registers what the trail says
        from console.leaks import notices as leak_notices  # noqa: PLC0415

        changes.connect()
        copy_notices.connect()
        leak_notices.connect()
        replay.connect()
        catalogue_rows.connect()
        subscriptions.connect()
        second_factor.connect()
        active_sessions.connect()
        email_change.connect()
        sign_in_events.connect()
        calendar_links.connect()
