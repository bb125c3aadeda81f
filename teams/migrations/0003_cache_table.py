"""The table in which every process finds the counts of sign-in attempts, where there is no Valkey."""

from django.core.management import call_command
from django.db import migrations


def create_cache_table(apps, schema_editor):
    call_command("createcachetable", "console_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("teams", "0002_audit_is_append_only")]
    operations = [migrations.RunPython(create_cache_table, migrations.RunPython.noop)]
