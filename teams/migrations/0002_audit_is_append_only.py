"""The database itself refuses to change or remove an audit event."""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON teams_auditevent
       BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
    """CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON teams_auditevent
       BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$""",
    """CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE ON teams_auditevent
       FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()""",
    """CREATE TRIGGER audit_refuses_truncate BEFORE TRUNCATE ON teams_auditevent
       FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()""",
]


def add_triggers(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def remove_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION audit_is_append_only CASCADE")
    else:
        schema_editor.execute("DROP TRIGGER audit_refuses_update")
        schema_editor.execute("DROP TRIGGER audit_refuses_delete")


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial")]
    operations = [migrations.RunPython(add_triggers, remove_triggers)]
