"""Say of the shipments known before which source told of them first, and whether another did too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shipments", "0008_silence_and_sources")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE shipments_shipment AS s
               SET first_source = told.first, has_more_sources = told.more
              FROM (SELECT shipment_id, (array_agg(source ORDER BY id))[1] AS first, min(source) <> max(source) AS more
                      FROM shipments_trackingevent
                     GROUP BY shipment_id) AS told
             WHERE s.id = told.shipment_id
            """,
            migrations.RunSQL.noop,
        ),
    ]
