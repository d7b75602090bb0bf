"""The database itself refuses to change or lose an event; the same function guards every append-only table."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION waypost_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused. Add a new row instead.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("shipments", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION waypost_refuse_change();"),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON shipments_trackingevent
                FOR EACH ROW EXECUTE FUNCTION waypost_refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON shipments_trackingevent
                FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
            """,
            """
            DROP TRIGGER append_only ON shipments_trackingevent;
            DROP TRIGGER append_only_truncate ON shipments_trackingevent;
            """,
        ),
        migrations.RunSQL(
            "ALTER TABLE shipments_shipment SET (fillfactor = 70);",
            "ALTER TABLE shipments_shipment RESET (fillfactor);",
        ),
    ]
