"""What sources were heard to say, and how meanings are drafted, published and carried into history."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('carriers', '0005_polling'),
        ('shipments', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CodePublication',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('note', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undoes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='carriers.codepublication')),
            ],
        ),
        migrations.CreateModel(
            name='CodeChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('system', models.TextField()),
                ('code', models.TextField()),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='carriers.codepublication')),
            ],
        ),
        migrations.AddField(
            model_name='codemapping',
            name='publication',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='carriers.codepublication'),
        ),
        migrations.CreateModel(
            name='HeardCode',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('system', models.TextField()),
                ('code', models.TextField()),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('answered_by', models.TextField(blank=True, default='')),
                ('hits', models.BigIntegerField(default=0)),
                ('first_heard_at', models.DateTimeField()),
                ('last_heard_at', models.DateTimeField()),
                ('last_description', models.TextField(blank=True, default='')),
            ],
            options={
                'indexes': [models.Index(fields=['system', 'answered_by'], name='heard_answered_by'), models.Index(condition=models.Q(('answered_by', '')), fields=['system', 'code'], name='heard_unanswered')],
                'constraints': [models.CheckConstraint(condition=models.Q(('last_heard_at__gte', models.F('first_heard_at'))), name='heard_first_before_last')],
            },
        ),
        migrations.CreateModel(
            name='CodeDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('system', models.TextField()),
                ('code', models.TextField()),
                ('before', models.JSONField(null=True)),
                ('unmaps', models.BooleanField(default=False)),
                ('state', models.TextField(choices=[('label_created', 'Label created'), ('picked_up', 'Picked up'), ('in_transit', 'In transit'), ('out_for_delivery', 'Out for delivery'), ('available_for_pickup', 'Ready to collect'), ('attempted', 'Delivery attempted'), ('delayed', 'Delayed'), ('damaged', 'Damaged'), ('delivered', 'Delivered'), ('returning', 'Returning to sender'), ('returned', 'Returned to sender'), ('lost', 'Lost'), ('cancelled', 'Cancelled'), ('unknown', 'Unknown')], default='unknown')),
                ('reason', models.TextField(blank=True, choices=[('address_issue', 'Problem with the address'), ('recipient_unavailable', 'Nobody there to receive it'), ('refused', 'Refused by the recipient'), ('missed_connection', 'Missed connection'), ('weather', 'Weather'), ('customs_hold', 'Held by customs'), ('payment_due', 'Payment due'), ('damaged', 'Damaged'), ('lost', 'Lost'), ('security', 'Security check'), ('carrier_capacity', 'Carrier capacity'), ('held_at_location', 'Held at a location'), ('invalid_tracking_number', 'Tracking number not known'), ('no_first_scan', 'No first scan'), ('other', 'Other reason')], default='')),
                ('physical', models.BooleanField(default=True)),
                ('action_required', models.BooleanField(default=False)),
                ('description', models.TextField(blank=True, default='')),
                ('written_at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('by', 'system', 'code'), name='draft_one_per_person_and_code')],
            },
        ),
        migrations.CreateModel(
            name='Rereading',
            fields=[
                ('publication', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='rereading', serialize=False, to='carriers.codepublication')),
                ('spellings', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('events_expected', models.BigIntegerField()),
                ('cursor', models.BigIntegerField(default=0)),
                ('parcels_read', models.BigIntegerField(default=0)),
                ('events_seen', models.BigIntegerField(default=0)),
                ('events_changed', models.BigIntegerField(default=0)),
                ('parcels_moved', models.BigIntegerField(default=0)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['publication'], name='rereading_waiting')],
            },
        ),
        migrations.AddConstraint(
            model_name='codepublication',
            constraint=models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='publication_says_why'),
        ),
        migrations.AddConstraint(
            model_name='codepublication',
            constraint=models.CheckConstraint(condition=models.Q(('undoes__isnull', True), ('number__gt', models.F('undoes')), _connector='OR'), name='undo_after'),
        ),
        migrations.AddIndex(
            model_name='codechange',
            index=models.Index(fields=['system', 'code', 'publication'], name='change_of_code'),
        ),
        migrations.AddConstraint(
            model_name='codechange',
            constraint=models.UniqueConstraint(fields=('publication', 'system', 'code'), name='change_one_per_code'),
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON carriers_codepublication
                FOR EACH ROW EXECUTE FUNCTION waypost_refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON carriers_codepublication
                FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON carriers_codechange
                FOR EACH ROW EXECUTE FUNCTION waypost_refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON carriers_codechange
                FOR EACH STATEMENT EXECUTE FUNCTION waypost_refuse_change();
            """,
            """
            DROP TRIGGER append_only ON carriers_codepublication;
            DROP TRIGGER append_only_truncate ON carriers_codepublication;
            DROP TRIGGER append_only ON carriers_codechange;
            DROP TRIGGER append_only_truncate ON carriers_codechange;
            """,
        ),
        migrations.RunSQL(
            "ALTER TABLE carriers_heardcode SET (fillfactor = 70);",
            "ALTER TABLE carriers_heardcode RESET (fillfactor);",
        ),
    ]
