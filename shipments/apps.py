from django.apps import AppConfig


class ShipmentsConfig(AppConfig):
    name = "shipments"
    verbose_name = "Shipments: what is true"
    default_auto_field = "django.db.models.BigAutoField"
