"""The database itself refuses to change the record of replays."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("carriers", "0001_initial"), ("shipments", "0002_append_only")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON carriers_replay
                FOR EACH ROW EXECUTE FUNCTION waypost_refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON carriers_replay
                FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
            """,
            """
            DROP TRIGGER append_only ON carriers_replay;
            DROP TRIGGER append_only_truncate ON carriers_replay;
            """,
        ),
    ]
