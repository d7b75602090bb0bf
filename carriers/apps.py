from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CarriersConfig(AppConfig):
    name = "carriers"
    verbose_name = "Carriers: how facts arrive"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Seed the code table after every migration, also in a test database that was just emptied."""
        from carriers.codebook.seeding import seed_mappings

        post_migrate.connect(seed_mappings, sender=self)
