from typing import Any

from django.core.management.base import BaseCommand

from config import supervisor


class Command(BaseCommand):
    help = supervisor.SUMMARY
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand over at once: the settings can be read only when the services run."""
        supervisor.main(argv[2:])

    def print_help(self, prog_name: str, subcommand: str) -> None:
        supervisor.arguments().print_help()

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor.main([])
