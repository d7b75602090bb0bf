from typing import Any

from django.core.management.base import BaseCommand

from config import testing


class Command(BaseCommand):
    help = "Runs the whole suite, in parallel, on services of its own. Every argument goes to pytest."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Take every argument for pytest's own."""
        testing.run(argv[2:])

    def handle(self, *args: Any, **options: Any) -> None:
        testing.run([])
