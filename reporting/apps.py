from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = "Reporting: how well we did"
    default_auto_field = "django.db.models.BigAutoField"
