"""The Celery application and the whole beat schedule."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init

from config.processes import calm_collector, die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Tasks carry no arguments and only say "look": a message that waited long is worth nothing, so each expires.
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "drain the inbox": {"task": "carriers.tasks.drain_inbox", "schedule": 1.0, "options": {"expires": 5}},
    "plan polls": {"task": "carriers.tasks.plan_polls", "schedule": 30.0, "options": {"expires": 30}},
    "plan polls anew": {"task": "carriers.tasks.plan_all_polls", "schedule": 600.0, "options": {"expires": 300}},
    "poll carriers": {"task": "carriers.tasks.poll_due", "schedule": 5.0, "options": {"expires": 5}},
    "judge due shipments": {"task": "exceptions_queue.tasks.triage_due", "schedule": 1.0, "options": {"expires": 5}},
    "offer incidents": {"task": "exceptions_queue.tasks.offer_incidents", "schedule": 60.0, "options": {"expires": 60}},
    "work on incidents": {"task": "exceptions_queue.tasks.work_on_acts", "schedule": 2.0, "options": {"expires": 5}},
    "carry meanings into history": {
        "task": "carriers.tasks.reread_history",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "watch the feeds": {"task": "carriers.tasks.watch_feeds", "schedule": 30.0, "options": {"expires": 30}},
    "show a new policy all parcels": {
        "task": "exceptions_queue.tasks.sweep_policy",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "expire case leases": {
        "task": "exceptions_queue.tasks.expire_leases",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "wake waiting cases": {
        "task": "exceptions_queue.tasks.wake_due",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "learn the delay risk": {
        "task": "exceptions_queue.tasks.learn_risk",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "work on backtests": {
        "task": "exceptions_queue.tasks.work_on_backtests",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "let old backtests' parcels go": {
        "task": "exceptions_queue.tasks.prune_backtests",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
}

app = Celery("waypost")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = BEAT_SCHEDULE
app.autodiscover_tasks(["carriers", "shipments", "exceptions_queue", "reporting"])


@setup_logging.connect
def keep_django_logging(**kwargs: Any) -> None:
    """Leave logging as the settings have it: a receiver is all that Celery asks for."""


@worker_process_init.connect
def end_with_worker(**kwargs: Any) -> None:
    """Let no pool process outlive a worker that was killed, and spend its time on batches."""
    die_with_parent(os.getppid(), signal.SIGKILL)
    calm_collector()
