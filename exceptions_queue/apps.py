from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ExceptionsQueueConfig(AppConfig):
    name = "exceptions_queue"
    verbose_name = "Exceptions queue: what needs a person"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the roles and seed the policy after every migration, also in a test database that was just emptied."""
        from exceptions_queue.access import make_role_groups
        from exceptions_queue.seed import seed_policy

        post_migrate.connect(seed_policy, sender=self)
        post_migrate.connect(make_role_groups, sender=self)
