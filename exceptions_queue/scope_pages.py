"""What the pages say of a scope: which of its names no parcel has, so that a slip of the pen opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from exceptions_queue.policy.document import parse_policy
from exceptions_queue.policy.reading import PolicyError
from shipments.models import Order, Shipment


def names_nobody_has(document: Any) -> list[str]:
    """Return a sentence for each carrier and storefront of a document's scope that no stored parcel has."""
    try:
        scope = parse_policy(document).scope
    except PolicyError:
        return []
    carriers = Shipment.objects.order_by().values_list("carrier", flat=True).distinct()
    storefronts = Order.objects.order_by().values_list("storefront", flat=True).distinct()
    said = list(_said("carrier", scope.carriers, set(carriers))) if scope.carriers else []
    return [*said, *(_said("storefront", scope.storefronts, set(storefronts)) if scope.storefronts else ())]


def _said(what: str, named: frozenset[str], stored: set[str]) -> Iterator[str]:
    for name in sorted(named - stored):
        close = [each for each in sorted(stored) if each.startswith(name.lower())]
        close = close or get_close_matches(name.lower(), sorted(stored), n=1, cutoff=0.5)
        meant = f" Did you mean “{close[0]}”?" if close else ""
        yield f"The scope names the {what} “{name}”, of which no parcel is stored: it opens nothing.{meant}"
