"""Polling: which parcels to ask about, when, and what to make of the answers; raw answers go to the inbox."""

from carriers.polling.alone import alone
from carriers.polling.planning import Planned, plan
from carriers.polling.rounds import Polled, poll

__all__ = ["Planned", "Polled", "alone", "plan", "poll"]
