"""The control side over HTTP: ``POST /control/<name>`` with the arguments as a JSON object."""

from __future__ import annotations

import inspect
import json
from typing import Any

from aiohttp import web

from tests.servers.telegram.control import Control
from tests.servers.telegram.errors import ControlError
from tests.servers.telegram.wire import decode_arguments, encode

PREFIX = "/control/"


class ControlHttp:
    """Runs control methods for another process."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.removeprefix(PREFIX)
        method = None if name.startswith("_") else getattr(self._control, name, None)
        if not inspect.ismethod(method):
            return _answer(404, f"no control method {name!r}")
        try:
            given = json.loads(await request.content.read() or b"{}")
            result = method(**decode_arguments(method, given))
            if inspect.isawaitable(result):
                result = await result
        except (ControlError, AssertionError, TypeError, ValueError, LookupError) as error:
            return _answer(400, f"{type(error).__name__}: {error}")
        return _answer(200, encode(result))


def _answer(status: int, result: Any) -> web.Response:
    return web.json_response({"result": result}, status=status)
