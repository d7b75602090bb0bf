"""Lead a person back who opened by hand, or again, an address that only takes what a button sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

_SAFE: Final = frozenset({"GET", "HEAD"})


class OpenedByHand:
    """Answer with the page above, where a browser asks for an address of the console that only takes a POST.

    A program that does not ask for HTML still gets 405, and so does everybody at an address that needs no sign-in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or not _is_a_person(request):
            return response
        messages.info(request, "That address only takes what a button sends. Nothing was changed.")
        return redirect(page_above(request.path_info))


def page_above(address: str) -> str:
    """Return the nearest address above that is one of ours; it may take no more than a POST either, and lead on."""
    return next(filter(_is_ours, _above(address)), "/")


def _is_a_person(request: HttpRequest) -> bool:
    view = request.resolver_match.func if request.resolver_match else None
    wants_a_page = request.method in _SAFE and "text/html" in request.headers.get("Accept", "")
    return wants_a_page and request.user.is_authenticated and getattr(view, "login_required", True)


def _above(address: str) -> Iterator[str]:
    parts = address.strip("/").split("/")[:-1]
    for length in range(len(parts), 0, -1):
        yield f"/{'/'.join(parts[:length])}/"


def _is_ours(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True
