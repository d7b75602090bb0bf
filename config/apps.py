from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Carries the commands that belong to no one app: `up` and `test`."""

    name = "config"
    verbose_name = "Waypost"
