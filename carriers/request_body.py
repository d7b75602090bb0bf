"""Read a request's body up to a limit, also one sent in chunks without a length."""

from __future__ import annotations

from django.http import HttpRequest, UnreadablePostError


class BodyTooLarge(ValueError):
    """The body is larger than we take."""


class BodyBroken(ValueError):
    """The body is empty or did not arrive whole."""


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """Return the exact bytes sent. Raises: BodyTooLarge, BodyBroken.

    Django reads no body that comes without a Content-Length (ticket 35838), so a signature over a chunked body
    would never match: such a body is read from the server's own stream.
    """
    length = request.META.get("CONTENT_LENGTH")
    if length and length.isdigit() and int(length) > limit:
        raise BodyTooLarge(_too_large(limit))
    try:
        body = _chunked(request, limit) if not length else request.read(limit + 1)
    except (UnreadablePostError, OSError, ValueError) as problem:
        raise BodyBroken("The body did not arrive whole. Send it again.") from problem
    if len(body) > limit:
        raise BodyTooLarge(_too_large(limit))
    if length and length.isdigit() and len(body) < int(length):
        raise BodyBroken("The body did not arrive whole. Send it again.")
    if not body:
        raise BodyBroken("The body is empty. Send the message as the body of the request.")
    return body


def _chunked(request: HttpRequest, limit: int) -> bytes:
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b""
    stream = request.META.get("wsgi.input")
    parts: list[bytes] = []
    while stream is not None and sum(map(len, parts)) <= limit and (part := stream.read(limit + 1)):
        parts.append(part)
    return b"".join(parts)


def _too_large(limit: int) -> str:
    return f"The body is larger than {limit // 1024} KB. Send fewer parcels in one message."
