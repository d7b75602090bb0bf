"""Whether an answer says something of the parcel, or is a trouble of the feed (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from carriers.sources.bodies import load
from carriers.sources.reading import FeedTrouble, Request, Source, Unreadable

_ANSWERED: Final = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """`trouble` is None for news of the parcel; `about_number` says that the carrier refused this one number."""

    trouble: FeedTrouble | Unreadable | None = None
    about_number: bool = False


def judge(source: Source | None, body: bytes, status: int, request: Request) -> Verdict:
    """Return what a body is, read by the source's own adapter (None: only as JSON); what it says is read later.

    An adapter that fails in its own way is no trouble of the feed: the inbox keeps the body and tells.
    """
    try:
        if source is None:
            load(body)
        else:
            source.read(body, request)
    except (FeedTrouble, Unreadable) as trouble:
        return Verdict(trouble, about_number=status != _ANSWERED and body.lstrip()[:1] in (b"{", b"["))
    except Exception:
        return Verdict()
    return Verdict()
