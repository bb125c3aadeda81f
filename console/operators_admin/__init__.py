"""Django's admin, for operators: people's accounts to manage, everything else to read."""

from console.operators_admin import people, records  # noqa: F401 - they register what there is to see
from console.operators_admin.site import site

__all__ = ["site"]
