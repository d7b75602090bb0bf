"""What every list page does with its address: the order, the place in it, the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.http import HttpRequest, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme

from exceptions_queue.filters import without
from exceptions_queue.sorting import BadCursor, Slice, Sort


class Order(NamedTuple):
    """One way to sort the list, as a link."""

    label: str
    url: str
    current: bool


def is_whole(request: HttpRequest) -> bool:
    """Say whether the whole page is asked for, and not only its results."""
    return not request.htmx or request.htmx.history_restore_request


def slice_of(sort: Sort, query: QueryDict) -> tuple[Slice, bool]:
    """Return the page asked for, and whether its address could be read; else the first page."""
    try:
        after, before = query.get("after"), query.get("before")
        return Slice(after and sort.place(after), before and sort.place(before)), True
    except BadCursor:
        return Slice(), False


def orders_of(query: QueryDict, sort: Sort, sorts: Mapping[str, Sort]) -> dict[str, Order]:
    """Return the orders to choose from, by slug, each with the address that keeps the rest."""
    base = without(query, "sort")
    joined = "" if base == "?" else "&"
    return {slug: Order(each.label, f"{base}{joined}sort={slug}", each == sort) for slug, each in sorts.items()}


def own_address(address: str, otherwise: str) -> str:
    """Return where the person came from, if that is an address of ours."""
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/")
    return address if ours else otherwise
