"""Judge shipments that are due and write what follows: the one path for bad news and for silence."""

from exceptions_queue.triage.judge import Triaged, triage_due

__all__ = ["Triaged", "triage_due"]
