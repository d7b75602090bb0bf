"""The inbox: whatever arrives is stored raw first, read later, and can be read again."""

from carriers.inbox.dismissal import CannotDismiss, dismiss, undo_dismissal
from carriers.inbox.drain import Drained, drain
from carriers.inbox.preview import Preview, preview
from carriers.inbox.receive import NewMessage, Received, quarantine, receive, receive_many
from carriers.inbox.replay import Replayed, replay

__all__ = [
    "CannotDismiss",
    "Drained",
    "NewMessage",
    "Preview",
    "Received",
    "Replayed",
    "dismiss",
    "drain",
    "preview",
    "quarantine",
    "receive",
    "receive_many",
    "replay",
    "undo_dismissal",
]
