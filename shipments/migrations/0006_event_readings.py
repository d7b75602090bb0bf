"""Later meanings of events, and by which spelling an event is found again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shipments', '0005_known_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='EventReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.TextField(choices=[('label_created', 'Label created'), ('picked_up', 'Picked up'), ('in_transit', 'In transit'), ('out_for_delivery', 'Out for delivery'), ('available_for_pickup', 'Ready to collect'), ('attempted', 'Delivery attempted'), ('delayed', 'Delayed'), ('damaged', 'Damaged'), ('delivered', 'Delivered'), ('returning', 'Returning to sender'), ('returned', 'Returned to sender'), ('lost', 'Lost'), ('cancelled', 'Cancelled'), ('unknown', 'Unknown')])),
                ('reason', models.TextField(blank=True, choices=[('address_issue', 'Problem with the address'), ('recipient_unavailable', 'Nobody there to receive it'), ('refused', 'Refused by the recipient'), ('missed_connection', 'Missed connection'), ('weather', 'Weather'), ('customs_hold', 'Held by customs'), ('payment_due', 'Payment due'), ('damaged', 'Damaged'), ('lost', 'Lost'), ('security', 'Security check'), ('carrier_capacity', 'Carrier capacity'), ('held_at_location', 'Held at a location'), ('invalid_tracking_number', 'Tracking number not known'), ('no_first_scan', 'No first scan'), ('other', 'Other reason')], default='')),
                ('physical', models.BooleanField()),
                ('mapped', models.BooleanField()),
                ('publication', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='trackingevent',
            name='event_unmapped',
        ),
        migrations.AddField(
            model_name='trackingevent',
            name='heard_as',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='trackingevent',
            index=models.Index(condition=models.Q(('heard_as__isnull', False)), fields=['heard_as', 'shipment'], name='event_heard_as'),
        ),
        migrations.AddField(
            model_name='eventreading',
            name='event',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='shipments.trackingevent'),
        ),
        migrations.AddIndex(
            model_name='eventreading',
            index=models.Index(fields=['event', 'id'], name='reading_newest'),
        ),
        migrations.AddConstraint(
            model_name='eventreading',
            constraint=models.UniqueConstraint(fields=('event', 'publication'), name='reading_one_per_publication'),
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON shipments_eventreading
                FOR EACH ROW EXECUTE FUNCTION waypost_refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON shipments_eventreading
                FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
            """,
            """
            DROP TRIGGER append_only ON shipments_eventreading;
            DROP TRIGGER append_only_truncate ON shipments_eventreading;
            """,
        ),
    ]
