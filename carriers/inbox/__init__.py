"""The inbox: whatever arrives is stored raw first, read later, and can be read again."""

from carriers.inbox.drain import Drained, drain
from carriers.inbox.receive import NewMessage, Received, quarantine, receive, receive_many
from carriers.inbox.replay import replay

__all__ = ["Drained", "NewMessage", "Received", "drain", "quarantine", "receive", "receive_many", "replay"]
