from django.apps import AppConfig


class CarriersConfig(AppConfig):
    name = "carriers"
    verbose_name = "Carriers: how facts arrive"
    default_auto_field = "django.db.models.BigAutoField"
