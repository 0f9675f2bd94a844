"""Answers that are sent only if they changed since they were asked for last.

Source: https://www.rfc-editor.org/rfc/rfc9110#section-13
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import ETag, web

_IN_A_THREAD = 16 * 1024
"""Bytes from which compressing would hold up everybody else."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is at an address now.

    Attributes:
        body: The bytes; the same content has to be the same bytes.
        media: Its type, with the charset: ``text/calendar; charset=utf-8``.
        changed_at: When it changed last, as far as that is known.
        max_age: For how long nobody has to ask again.
        private: Whether it is for one reader, so that nothing on the way may keep it.
    """

    body: bytes
    media: str
    changed_at: datetime | None = None
    max_age: timedelta = timedelta(minutes=5)
    private: bool = False
    etag: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "etag", hashlib.sha256(self.body).hexdigest()[:32])


def answer(request: web.Request, content: Content) -> web.Response:
    """Answer with *content*, compressed if that is understood; 304 to whoever has it already.

    Only ``If-None-Match`` is looked at: content that is put together of many parts may change
    without a newer time.
    """
    response = web.Response(
        body=content.body,
        headers={"Content-Type": content.media},
        zlib_executor_size=_IN_A_THREAD,
    )
    if _has_it(request, content.etag):
        response = web.Response(status=304)
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response.enable_compression(web.ContentCoding.gzip)
    # Weak: compressed and plain are the same to the reader, but not byte for byte.
    response.etag = ETag(value=content.etag, is_weak=True)
    if content.changed_at is not None:
        response.last_modified = content.changed_at.astimezone(UTC)
    scope = "private" if content.private else "public"
    seconds = int(content.max_age.total_seconds())
    response.headers["Cache-Control"] = f"{scope}, max-age={seconds}"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _has_it(request: web.Request, etag: str) -> bool:
    known = request.if_none_match or ()
    return any(one.value in {etag, "*"} for one in known)
