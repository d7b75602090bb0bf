"""Judge shipments that are due and write what follows: the one path for bad news and for silence."""

from exceptions_queue.triage.judge import Triaged, triage_due
from exceptions_queue.triage.sweep import sweep_policy

__all__ = ["Triaged", "sweep_policy", "triage_due"]
