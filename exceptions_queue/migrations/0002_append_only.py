"""The database itself refuses to change history, decisions, and the document of a published policy."""

from django.db import migrations

TABLES = ("exceptions_queue_caseevent", "exceptions_queue_decision")

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {0}
    FOR EACH ROW EXECUTE FUNCTION waypost_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {0}
    FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
"""
UNGUARD = "DROP TRIGGER append_only ON {0}; DROP TRIGGER append_only_truncate ON {0};"

POLICY = """
CREATE FUNCTION waypost_keep_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.document = OLD.document AND NEW.number = OLD.number AND NEW.state <> 'draft'
       AND NEW.published_at = OLD.published_at THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Policy % was published and cannot change. Make a new draft instead.', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_published BEFORE UPDATE OR DELETE ON exceptions_queue_policyversion
    FOR EACH ROW EXECUTE FUNCTION waypost_keep_policy();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON exceptions_queue_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
"""
UNPOLICY = """
DROP TRIGGER keep_published ON exceptions_queue_policyversion;
DROP TRIGGER keep_published_truncate ON exceptions_queue_policyversion;
DROP FUNCTION waypost_keep_policy();
"""


class Migration(migrations.Migration):
    dependencies = [("exceptions_queue", "0001_initial"), ("shipments", "0002_append_only")]

    operations = [
        *(migrations.RunSQL(GUARD.format(table), UNGUARD.format(table)) for table in TABLES),
        migrations.RunSQL(POLICY, UNPOLICY),
        migrations.RunSQL(
            "ALTER TABLE exceptions_queue_case SET (fillfactor = 70);",
            "ALTER TABLE exceptions_queue_case RESET (fillfactor);",
        ),
    ]
