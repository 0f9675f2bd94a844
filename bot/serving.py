"""The HTTP side of a hub: health, metrics, webhooks, calendars and public pages."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from bot.channels.port import Channel, Hooked
from bot.hub import Hub
from bot.web.parts import Webhook

_PAUSE = timedelta(minutes=2)

_log = structlog.get_logger(__name__)


async def serve_web(hub: Hub, channels: Sequence[Channel]) -> None:
    """Serve HTTP until cancelled; an address that is taken is tried again."""
    settings = hub.settings.web
    if not settings.enabled:
        return
    from bot.web.routes import Site, routes
    from bot.web.server import WebServer

    server = WebServer(
        settings.host,
        settings.port,
        readiness=lambda: hub.readiness(channels),
        webhooks=_webhooks(channels),
        routes=routes(Site(hub.database, hub.clock, hub.settings)),
    )
    try:
        while True:
            try:
                port = await server.start()
            except OSError as error:
                _log.error("web.unavailable", key="web.host, web.port", error=str(error))
                await asyncio.sleep(_PAUSE.total_seconds())
            else:
                _log.info("web.listening", host=settings.host, port=port)
                await asyncio.Event().wait()
    finally:
        await server.stop()


def _webhooks(channels: Sequence[Channel]) -> Mapping[str, Webhook]:
    return {
        channel.webhook_path: channel.handle_webhook
        for channel in channels
        if isinstance(channel, Hooked)
    }
