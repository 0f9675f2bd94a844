"""An emulated Telegram that listens on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Self

import aiohttp
from aiohttp import web

from tests.servers.telegram.clock import Clock
from tests.servers.telegram.control import Control
from tests.servers.telegram.control_http import PREFIX, ControlHttp
from tests.servers.telegram.limits import LimitMode
from tests.servers.telegram.people import Bot
from tests.servers.telegram.server import BotApi
from tests.servers.telegram.webhooks import ANSWER_WITHIN, deliver_forever
from tests.servers.telegram.world import World

GRACE = 0.05
"""Seconds that open calls get when the emulator stops."""


class TelegramEmulator(Control):
    """A Bot API server and its control side; use it as an async context manager.

    Attributes:
        url: Where it listens, e.g. ``http://127.0.0.1:41234``.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] | None = None,
        limits: LimitMode = "off",
        port: int = 0,
        control: bool = False,
    ) -> None:
        super().__init__(World(Clock(clock), limits))
        self._port = port
        self._server = web.Server(self._handle, access_log=None, handler_cancellation=True)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=GRACE)
        self._site: web.TCPSite | None = None
        self._api = BotApi(self.world)
        self._control = ControlHttp(self) if control else None
        self._stack = AsyncExitStack()
        self._couriers: list[asyncio.Task[None]] = []
        self.url = ""

    @property
    def base_url(self) -> str:
        """Return what ``telegram.Bot`` takes as ``base_url``."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """Return what ``telegram.Bot`` takes as ``base_file_url``."""
        return f"{self.url}/file/bot"

    async def __aenter__(self) -> Self:
        await self._start_couriers()
        await self._runner.setup()
        self._stack.push_async_callback(self._runner.cleanup)
        await self.come_back()
        return self

    async def come_back(self) -> None:
        """Listen, after :meth:`go_dark` on the same port as before."""
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024)
        await self._site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def go_dark(self) -> None:
        """Become unreachable: open connections break and new ones are refused."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        for connection in self._server.connections:
            connection.force_close()

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start_couriers(self) -> None:
        """Give every bot, also those to come, somebody who brings updates to its webhook."""
        tasks = await self._stack.enter_async_context(asyncio.TaskGroup())
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        session = aiohttp.ClientSession(timeout=timeout)
        await self._stack.enter_async_context(session)
        self._stack.callback(self._dismiss_couriers)

        def start(bot: Bot) -> None:
            self._couriers.append(tasks.create_task(deliver_forever(self.world, bot, session)))

        for bot in self.world.bots.values():
            start(bot)
        self.world.bot_created = start

    def _dismiss_couriers(self) -> None:
        for courier in self._couriers:
            courier.cancel()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._control is not None and request.path.startswith(PREFIX):
            return await self._control(request)
        return await self._api(request)
