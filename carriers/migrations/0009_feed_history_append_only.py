"""The database itself refuses to change the history of feeds."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("carriers", "0008_feeds"), ("shipments", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON carriers_feedevent
                FOR EACH ROW EXECUTE FUNCTION waypost_refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON carriers_feedevent
                FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
            """,
            """
            DROP TRIGGER append_only ON carriers_feedevent;
            DROP TRIGGER append_only_truncate ON carriers_feedevent;
            """,
        ),
    ]
