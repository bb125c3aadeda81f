from django.apps import AppConfig


class TeamsConfig(AppConfig):
    name = "teams"
    verbose_name = "Teams and people"
    default_auto_field = "django.db.models.BigAutoField"
