from django.apps import AppConfig


class ExceptionsQueueConfig(AppConfig):
    name = "exceptions_queue"
    verbose_name = "Exceptions queue: what needs a person"
    default_auto_field = "django.db.models.BigAutoField"
