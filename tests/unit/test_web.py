"""The HTTP side by itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web

from bot import serving as serving_module
from bot.app import ROUTERS
from bot.config import Settings
from bot.dispatch.router import RoutingTable
from bot.hub import Hub
from bot.web.parts import Probe, Webhook
from bot.web.server import WebServer
from tests.fakes import FakeClock


@asynccontextmanager
async def listening(
    *,
    probes: Sequence[Probe] = (),
    webhooks: Mapping[str, Webhook] | None = None,
    routes: Sequence[web.RouteDef] = (),
) -> AsyncIterator[str]:
    """Listen on a free port, and give the address."""

    async def readiness() -> Sequence[Probe]:
        return probes

    server = WebServer("127.0.0.1", 0, readiness=readiness, webhooks=webhooks or {}, routes=routes)
    port = await server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await server.stop()


async def test_one_part_that_is_not_ready_makes_the_whole_not_ready() -> None:
    """The answer names each part, and of those that are not ready the reason."""
    probes = [Probe("database", ready=True), Probe("matrix", ready=False, reason="no contact yet")]
    async with (
        listening(probes=probes) as address,
        ClientSession() as client,
        client.get(f"{address}/readyz") as response,
    ):
        assert response.status == 503
        assert await response.json() == {
            "ready": False,
            "parts": {"database": "ok", "matrix": "no contact yet"},
        }


async def test_what_a_network_sends_reaches_its_adapter() -> None:
    """Body and headers as they came; the adapter decides about the answer."""
    seen: list[tuple[bytes, str | None]] = []

    async def webhook(body: bytes, headers: Mapping[str, str]) -> int:
        seen.append((body, headers.get("x-secret")))
        return 403

    async with listening(webhooks={"/telegram/s3": webhook}) as address, ClientSession() as client:
        call = client.post(f"{address}/telegram/s3", data=b"{}", headers={"X-Secret": "s"})
        async with call as response:
            assert response.status == 403
        async with client.get(f"{address}/telegram/s3") as response:
            assert response.status == 405
        async with client.post(f"{address}/telegram/s4", data=b"{}") as response:
            assert response.status == 404
    assert seen == [(b"{}", "s")]


async def test_a_body_without_end_is_refused() -> None:
    """Nobody fills the memory from outside."""

    async def webhook(_body: bytes, _headers: Mapping[str, str]) -> int:
        return 200

    async with (
        listening(webhooks={"/hook": webhook}) as address,
        ClientSession() as client,
        client.post(f"{address}/hook", data=b"x" * 2_000_000) as response,
    ):
        assert response.status == 413


async def test_an_address_that_is_taken_is_tried_again(
    tmp_path_factory: pytest.TempPathFactory, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chats go on meanwhile, and nobody has to restart anything."""
    monkeypatch.setattr(serving_module, "_PAUSE", timedelta(milliseconds=2))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = Settings.model_validate(
            {
                "hub": {"data_dir": tmp_path_factory.mktemp("data")},
                "knowledge": {"encoder": False},
                "web": {"enabled": True, "port": port},
            }
        )
        hub = Hub(settings, RoutingTable(ROUTERS), owner="test", clock=clock)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(serving_module.serve_web(hub, []))
            await asyncio.sleep(0.02)
            assert not serving.done()
            taken.close()
            assert await alive(port)
            serving.cancel()
    await hub.database.close()


async def alive(port: int) -> bool:
    """Wait until somebody answers at *port*."""
    async with asyncio.timeout(10), ClientSession() as client:
        while True:
            try:
                async with client.get(f"http://127.0.0.1:{port}/livez") as response:
                    return response.status == 200
            except OSError:
                await asyncio.sleep(0.005)
