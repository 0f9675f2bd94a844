"""HTTP: is it alive, is it ready, what does it count, what networks send us, and pages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.web.parts import Readiness, Webhook

_LARGEST = 1024 * 1024


class WebServer:
    """The HTTP side of the hub.

    Args:
        host: The interface to listen on.
        port: The port; 0 takes a free one.
        readiness: Asked at each ``/readyz``.
        webhooks: Handlers by path.
        routes: What is served beside that, as :func:`bot.web.routes.routes` makes it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        readiness: Readiness,
        webhooks: Mapping[str, Webhook],
        routes: Sequence[web.RouteDef] = (),
    ) -> None:
        self._host = host
        self._port = port
        application = _application(readiness, webhooks)
        application.router.add_routes(routes)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=2)

    async def start(self) -> int:
        """Listen, and return the port.

        Raises:
            OSError: The address is taken or not ours.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port: int = self._runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        """Finish what is being answered and listen no more."""
        await self._runner.cleanup()


def _application(readiness: Readiness, webhooks: Mapping[str, Webhook]) -> web.Application:
    async def livez(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_request: web.Request) -> web.Response:
        probes = await readiness()
        parts = {probe.part: probe.state for probe in probes}
        ready = all(probe.ready for probe in probes)
        return web.json_response({"ready": ready, "parts": parts}, status=200 if ready else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application(client_max_size=_LARGEST)
    application.router.add_get("/livez", livez)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/metrics", metrics)
    for path, webhook in webhooks.items():
        application.router.add_post(path, _receiving(webhook))
    return application


def _receiving(webhook: Webhook) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def receive(request: web.Request) -> web.Response:
        return web.Response(status=await webhook(await request.read(), request.headers))

    return receive
