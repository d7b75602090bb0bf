"""The database itself keeps a version that is judged by as it was, and the policy's history as it happened."""

from django.db import migrations

GUARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON exceptions_queue_policyevent
    FOR EACH ROW EXECUTE FUNCTION waypost_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON exceptions_queue_policyevent
    FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
"""
UNGUARD = """
DROP TRIGGER append_only ON exceptions_queue_policyevent;
DROP TRIGGER append_only_truncate ON exceptions_queue_policyevent;
"""

# What may follow on what. A draft is free; one in shadow keeps its document; one published keeps who, when and why.
KEEP = """
CREATE OR REPLACE FUNCTION waypost_keep_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.document = OLD.document AND NEW.number = OLD.number THEN
        IF OLD.state = 'shadow' AND NEW.state IN ('draft', 'shadow', 'published', 'discarded') THEN
            RETURN NEW;
        END IF;
        IF OLD.state = 'published' AND NEW.state IN ('published', 'retired') OR NEW.state = OLD.state THEN
            IF NEW.published_at IS NOT DISTINCT FROM OLD.published_at
               AND NEW.published_by_id IS NOT DISTINCT FROM OLD.published_by_id AND NEW.note = OLD.note THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'Policy % is no draft and cannot change. Make a new draft instead.', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
"""
KEPT_BEFORE = """
CREATE OR REPLACE FUNCTION waypost_keep_policy() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("exceptions_queue", "0010_policy_versions")]

    operations = [migrations.RunSQL(GUARD, UNGUARD), migrations.RunSQL(KEEP, KEPT_BEFORE)]
