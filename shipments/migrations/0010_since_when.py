"""Since when a parcel's reason and its last known state hold; filled as its next scan comes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shipments", "0009_fill_sources"),
    ]

    operations = [
        migrations.AddField(
            model_name="shipment",
            name="last_known_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="shipment",
            name="reason_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
