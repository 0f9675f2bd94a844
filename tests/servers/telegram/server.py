"""The HTTP side of the emulator."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from tests.servers.telegram import (
    methods_account,
    methods_chats,
    methods_media,
    methods_messages,
    methods_updates,
)
from tests.servers.telegram.access import Request
from tests.servers.telegram.errors import ApiError, flood, unauthorized
from tests.servers.telegram.faults import BAD_GATEWAY, Fault
from tests.servers.telegram.params import Params, read_params
from tests.servers.telegram.people import Bot
from tests.servers.telegram.world import Call, World

Method = Callable[[Request], Any]

GET_UPDATES: Final = "getUpdates"
METHODS: Final[dict[str, Method]] = {
    **methods_messages.METHODS,
    **methods_media.METHODS,
    **methods_chats.METHODS,
    **methods_account.METHODS,
    **methods_updates.METHODS,
}
_NAMES: Final = {name.lower(): name for name in (*METHODS, GET_UPDATES)}
_TOKEN: Final = re.compile(r"\d{1,20}:[\w-]{3,}")
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_HEADERS: Final = {"Content-Type": "application/json"}
_BEFORE: Final = frozenset({"reset", "hang", "bad_gateway", "retry_after", "error"})


class BotApi:
    """Answers ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/file/bot"):
            return self._file(path.removeprefix("/file/bot"))
        if not path.startswith("/bot"):
            return _refusal(ApiError(404, "Not Found"))
        token, _, name = path.removeprefix("/bot").partition("/")
        try:
            bot = self._bot(token)
            method = _NAMES.get(name.lower())
            if method is None:
                raise ApiError(404, "Not Found")  # noqa: TRY301 - refused like the rest
            params = await read_params(request)
        except ApiError as error:
            return _refusal(error)
        return await self._answer(request, bot, method, params)

    def _bot(self, token: str) -> Bot:
        bot = self._world.tokens.get(token)
        if bot is None:
            raise unauthorized() if _TOKEN.fullmatch(token) else ApiError(404, "Not Found")
        if bot.revoked:
            raise unauthorized()
        if bot.logged_out:
            raise ApiError(400, "Logged out")
        return bot

    async def _answer(
        self, request: web.BaseRequest, bot: Bot, method: str, params: Params
    ) -> web.StreamResponse:
        world = self._world
        call = Call(world.now(), bot.id, method, params.values)
        world.calls.append(call)
        if method == GET_UPDATES:
            world.changed()
        chat = params.integer("chat_id")
        fault = world.faults.befalling(bot.id, method, chat)
        if fault is not None and fault.kind in _BEFORE:
            return await self._fail(request, call, fault)
        response = await self._handle(call, Request(world, bot, params))
        world.changed()
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault is not None and request.transport is not None:
            request.transport.close()
        return response

    async def _handle(self, call: Call, request: Request) -> web.Response:
        try:
            if call.method == GET_UPDATES:
                result = await methods_updates.get_updates(request)
            else:
                result = METHODS[call.method](request)
        except ApiError as error:
            call.status, call.description = error.code, error.description
            return _refusal(error)
        call.status = 200
        return _json(200, {"ok": True, "result": result})

    async def _fail(
        self, request: web.BaseRequest, call: Call, fault: Fault
    ) -> web.StreamResponse:
        self._world.changed()
        call.description = fault.kind
        if fault.kind == "bad_gateway":
            call.status = 502
            return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
        if fault.kind in {"retry_after", "error"}:
            error = ApiError(fault.code, fault.description)
            if fault.kind == "retry_after":
                error = flood(max(1, round(fault.seconds)))
            call.status, call.description = error.code, error.description
            return _refusal(error)
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _file(self, path: str) -> web.StreamResponse:
        token, _, name = path.partition("/")
        try:
            self._bot(token)
        except ApiError as error:
            return _refusal(error)
        for file in self._world.files.values():
            if file.path == name:
                return web.Response(body=file.data, content_type="application/octet-stream")
        return _refusal(ApiError(404, "Not Found"))


def _json(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(status=status, body=_ENCODE(body).encode(), headers=_HEADERS)


def _refusal(error: ApiError) -> web.Response:
    return _json(error.code, error.body())
