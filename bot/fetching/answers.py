"""What a server answers: a file, that there is nothing new, where to go on, or what is wrong."""

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from aiohttp import ClientResponse

from bot.fetching import headers
from bot.fetching.addresses import without_password
from bot.fetching.exchange import Fetched, Request
from bot.fetching.trail import Redirect, Trail
from bot.fetching.trouble import FetchError, Trouble
from bot.fetching.unpacking import Unpacker

_REDIRECTS: Final = {301: True, 302: False, 303: False, 307: False, 308: True}
"""Which answers send us on, and whether for good."""
_WITH_FILE: Final = range(200, 204)
_EMPTY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT})
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_LATER: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_TOO_OFTEN: Final = timedelta(minutes=1)
"""How long a host is left alone that is asked too often and does not say how long."""


def conditions(request: Request) -> dict[str, str]:
    """Return the headers that ask for a file only if it is new."""
    asked = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return {name: sent for name in asked if (sent := headers.text(asked, name))}


def silence(response: ClientResponse, now: datetime) -> timedelta | None:
    """Return how long the whole host wants to be left alone, if it does."""
    asked = headers.retry_after(response.headers, now)
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        return asked or _TOO_OFTEN
    return asked if response.status == HTTPStatus.SERVICE_UNAVAILABLE else None


async def take(
    response: ClientResponse, request: Request, trail: Trail, *, most: int, now: datetime
) -> Fetched | Redirect:
    """Return what an answer means, with its file.

    Args:
        response: Whose head is there.
        request: What was asked for.
        trail: Where it was found.
        most: How large the file may be, in bytes.
        now: For what servers say about time.

    Raises:
        FetchError: There is no file, or none that can be taken.
    """
    status = response.status
    if status in _REDIRECTS:
        return _redirect(response)
    if status == HTTPStatus.NOT_MODIFIED and conditions(request):
        return _fetched(response, trail, None, request=request, now=now)
    if status in _EMPTY:
        return _fetched(response, trail, b"", request=request, now=now)
    if status not in _WITH_FILE:
        wait = headers.retry_after(response.headers, now)
        raise FetchError(_trouble(status), f"the server answers {status}", retry_after=wait)
    body = await _body(response, most)
    return _fetched(response, trail, body, request=request, now=now)


def _redirect(response: ClientResponse) -> Redirect:
    location = response.headers.get("Location")
    if not location:
        raise FetchError(Trouble.REDIRECTS, "redirects without saying where to")
    return Redirect(location, lasting=_REDIRECTS[response.status])


def _trouble(status: int) -> Trouble:
    if status in _GONE:
        return Trouble.GONE
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Trouble.TEMPORARY
    return Trouble.DENIED if status >= HTTPStatus.BAD_REQUEST else Trouble.BROKEN


def _fetched(
    response: ClientResponse, trail: Trail, body: bytes | None, *, request: Request, now: datetime
) -> Fetched:
    etag = headers.text(response.headers, "ETag")
    modified = headers.text(response.headers, "Last-Modified")
    return Fetched(
        body=body,
        content_type=headers.text(response.headers, "Content-Type"),
        address=without_password(trail.url),
        moved_to=trail.moved_to,
        # An answer without a file may leave out what still holds.
        etag=etag or ("" if body is not None else request.etag),
        last_modified=modified or ("" if body is not None else request.last_modified),
        retry_after=headers.fresh_for(response.headers, now),
    )


async def _body(response: ClientResponse, most: int) -> bytes:
    """Take the file in; it stops as soon as it is too much, packed or unpacked."""
    if (response.content_length or 0) > most:
        raise _too_large(most)
    unpacker = Unpacker(response.headers.get("Content-Encoding", ""))
    taken, body = 0, bytearray()
    async for chunk in response.content.iter_any():
        taken += len(chunk)
        for piece in unpacker.feed(chunk):
            body += piece
            if max(taken, len(body)) > most:
                raise _too_large(most)
            await asyncio.sleep(0)  # a small chunk may hold much; others want to go on
    body += unpacker.finish()
    return bytes(body)


def _too_large(most: int) -> FetchError:
    return FetchError(Trouble.TOO_LARGE, f"the file is larger than {most} bytes")
