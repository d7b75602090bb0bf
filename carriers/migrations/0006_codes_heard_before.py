"""Count the codes of the scans that came before spellings were counted, so that a later meaning finds them as well."""

from django.db import migrations

from carriers.codes import CodeTable, Spelling, spelled, text_key

LOOKED_UP = """
       heard_as IS NULL AND (raw_code <> '' OR raw_description <> '')
   AND (NOT mapped OR source IN (SELECT DISTINCT system FROM carriers_codemapping))
   AND NOT EXISTS (SELECT 1 FROM carriers_inboundmessage m WHERE m.id = e.message_id AND m.source = 'events')
"""
"""Scans that were given their meaning by the code table; who speaks our own vocabulary needs none."""
TOLD = f"""
SELECT source, raw_code, CASE WHEN raw_code = '' THEN raw_description ELSE '' END, count(*),
       min(received_at), max(received_at), max(raw_description)
  FROM shipments_trackingevent e WHERE {LOOKED_UP} GROUP BY 1, 2, 3
"""
GIVE = f"""
UPDATE shipments_trackingevent e SET heard_as = told.id
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS told(id, source, code, words)
 WHERE e.source = told.source AND e.raw_code = told.code AND (told.code <> '' OR e.raw_description = told.words)
   AND {LOOKED_UP.replace(" source IN", " e.source IN")}
"""
COUNT = """
INSERT INTO carriers_heardcode AS known (id, system, code, keys, answered_by, hits, first_heard_at, last_heard_at,
                                         last_description)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET hits = known.hits + excluded.hits,
       first_heard_at = least(known.first_heard_at, excluded.first_heard_at),
       last_heard_at = greatest(known.last_heard_at, excluded.last_heard_at)
"""


def spelling(source: str, code: str, words: str) -> Spelling:
    """Return how a stored scan was most likely looked up: by its code, then by what the code begins with."""
    if not code:
        return spelled(source, (text_key(words),))
    parts = code.split(":")
    return spelled(source, tuple(":".join(parts[:count]) for count in range(len(parts), 0, -1)))


def count_heard(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TOLD)
        told = cursor.fetchall()
        if not told:
            return
        cursor.execute("SELECT system, code, state, reason, physical, action_required FROM carriers_codemapping")
        table = CodeTable(cursor.fetchall())
        found = [spelling(*row[:3]) for row in told]
        cursor.execute("ALTER TABLE shipments_trackingevent DISABLE TRIGGER append_only")
        cursor.execute(GIVE, [[each.id for each in found], *(list(column) for column in list(zip(*told))[:3])])
        cursor.execute("ALTER TABLE shipments_trackingevent ENABLE TRIGGER append_only")
        for each, (*_, hits, first, last, description) in zip(found, told):
            answer = table.answer(each.system, each.keys)
            counted = [hits, first, last, description]
            cursor.execute(COUNT, [*each[:2], each.code, list(each.keys), answer.code if answer else "", *counted])


class Migration(migrations.Migration):
    dependencies = [("carriers", "0006_code_publications"), ("shipments", "0006_event_readings")]

    operations = [migrations.RunPython(count_heard, migrations.RunPython.noop)]
