from django.apps import AppConfig


class IPSubnetsConfig(AppConfig):
    name = "ipsubnets"
    verbose_name = "IP subnets"
    default_auto_field = "django.db.models.BigAutoField"
