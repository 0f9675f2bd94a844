"""The parameters of one call, whichever of the three encodings carried them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import BodyPartReader, web

from tests.servers.telegram.errors import ApiError, bad_request

MAX_UPLOAD = 50 * 1024 * 1024


@dataclass(slots=True)
class Upload:
    """A file that came with a multipart call."""

    name: str
    mime: str
    data: bytes


class Params:
    """Typed access to a call's parameters.

    Telegram takes numbers and booleans as JSON values or as strings, and nested objects as JSON
    values or as strings that hold JSON.
    """

    __slots__ = ("uploads", "values")

    def __init__(self, values: dict[str, Any], uploads: dict[str, Upload] | None = None) -> None:
        self.values = values
        self.uploads = uploads or {}

    def text(self, name: str) -> str | None:
        """Return a string, or ``None`` when it is missing."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float):
            return str(value)
        raise bad_request(f'field "{name}" must be of type String')

    def integer(self, name: str, default: int | None = None) -> int | None:
        """Return an integer, or *default* when it is missing or no number."""
        value = self.values.get(name)
        if isinstance(value, int):
            return int(value)
        try:
            return default if value is None else int(value)
        except (TypeError, ValueError):
            return default

    def number(self, name: str) -> float | None:
        """Return a number, or ``None`` when it is missing or none."""
        try:
            return float(self.values[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        """Return a boolean; what is missing is false."""
        value = self.values.get(name)
        if isinstance(value, str):
            return value.lower() in {"true", "yes", "1"}
        return bool(value)

    def nested(self, name: str) -> Any:
        """Return a JSON value, or ``None`` when it is missing or empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def record(self, name: str) -> dict[str, Any] | None:
        """Return a JSON object, or ``None`` when it is missing."""
        value = self.nested(name)
        if value is None or isinstance(value, dict):
            return value
        raise bad_request(f"object expected as {name.replace('_', ' ')}")

    def array(self, name: str) -> list[Any] | None:
        """Return a JSON array, or ``None`` when it is missing."""
        value = self.nested(name)
        if value is None or isinstance(value, list):
            return value
        raise bad_request(f"expected an Array in {name}")


async def read_params(request: web.BaseRequest) -> Params:
    """Read the parameters from the query string and the body.

    Raises:
        ApiError: The body is no JSON, or a file is too large.
    """
    values: dict[str, Any] = dict(request.rel_url.query) if "?" in request.raw_path else {}
    if not request.body_exists:
        return Params(values)
    kind = request.content_type
    if kind == "application/json":
        values.update(_json_object(await request.read()))
        return Params(values)
    if kind == "multipart/form-data":
        return await _read_multipart(request, values)
    posted = await request.post()
    values.update({name: value for name, value in posted.items() if isinstance(value, str)})
    return Params(values)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body) if body else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ApiError(400, "Bad Request: can't parse JSON body")
    return value


async def _read_multipart(request: web.BaseRequest, values: dict[str, Any]) -> Params:
    uploads: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        if part.filename is None:
            values[part.name] = await part.text()
            continue
        data = bytes(await part.read())
        if len(data) > MAX_UPLOAD:
            raise ApiError(413, "Request Entity Too Large")
        mime = part.headers.get("Content-Type", "application/octet-stream")
        uploads[part.name] = Upload(part.filename, mime, data)
    return Params(values, uploads)
