"""What a new database starts with: version 1 of the policy, published."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from exceptions_queue.models import PolicyState, PolicyVersion
from exceptions_queue.policy.default import DEFAULT_POLICY


def seed_policy(**_: Any) -> None:
    """Publish the default policy as version 1 where there is no policy at all."""
    with transaction.atomic():
        if not PolicyVersion.objects.exists():
            now = timezone.now()
            PolicyVersion.objects.create(
                number=1,
                state=PolicyState.PUBLISHED,
                document=DEFAULT_POLICY,
                note="The policy Waypost ships with",
                created_at=now,
                published_at=now,
            )
