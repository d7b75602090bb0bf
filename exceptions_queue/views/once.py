"""What a page sent, by a name that is the same when the very same is sent again."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from django.http import HttpRequest

_NOT_SAID: Final = frozenset({"csrfmiddlewaretoken", "once", "then"})
"""Fields that do not make what was sent another thing."""


def sent(request: HttpRequest, form: UUID | None) -> UUID | None:
    """Return the name of what was sent: another form, or other words in the same one, is another thing."""
    if form is None:
        return None
    words = sorted((name, values) for name, values in request.POST.lists() if name not in _NOT_SAID)
    return uuid5(form, repr((request.path, words)))
