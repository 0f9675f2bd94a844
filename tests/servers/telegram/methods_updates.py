"""Methods about receiving: long polling and the webhook.

Source: https://core.telegram.org/bots/api#getting-updates
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from tests.servers.telegram.access import Request
from tests.servers.telegram.errors import bad_request, conflict
from tests.servers.telegram.people import Webhook

LONGEST_POLL: Final = 50.0
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
OTHER_POLLER: Final = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_ACTIVE: Final = (
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


def _remember_allowed(request: Request) -> None:
    allowed = request.params.array("allowed_updates")
    if allowed is not None:
        request.bot.queue.allow([str(kind) for kind in allowed])


async def get_updates(request: Request) -> Any:
    """Answer at once if updates wait, else when one comes or the timeout ends.

    A second ``getUpdates`` ends the first one with 409, as Telegram does: it is the older poller
    that is told.
    """
    params, queue = request.params, request.bot.queue
    if request.bot.webhook is not None:
        raise conflict(WEBHOOK_ACTIVE)
    _remember_allowed(request)
    offset = params.integer("offset") or 0
    limit = params.integer("limit") or 100
    limit = limit if 1 <= limit <= 100 else 100
    timeout = min(max(params.number("timeout") or 0.0, 0.0), LONGEST_POLL)
    queue.terminate(OTHER_POLLER)
    updates = queue.take(offset, limit, request.world.now())
    if updates or not timeout:
        return updates
    await queue.wait(timeout)
    return queue.take(offset, limit, request.world.now())


def set_webhook(request: Request) -> Any:
    params, bot = request.params, request.bot
    url = params.text("url") or ""
    if not url:
        return delete_webhook(request)
    parts = urlsplit(url)
    # The real one insists on https; tests listen on the loopback without a certificate.
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    secret = params.text("secret_token")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _remember_allowed(request)
    if params.flag("drop_pending_updates"):
        bot.queue.clear()
    bot.queue.terminate("terminated by setWebhook request")
    bot.webhook = Webhook(url, secret or None, params.integer("max_connections") or 40)
    bot.queue.arrived.set()
    return True


def delete_webhook(request: Request) -> Any:
    request.bot.webhook = None
    if request.params.flag("drop_pending_updates"):
        request.bot.queue.clear()
    return True


def get_webhook_info(request: Request) -> Any:
    bot, webhook = request.bot, request.bot.webhook
    answer: dict[str, Any] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.queue),
    }
    if webhook is not None:
        answer["max_connections"] = webhook.max_connections
        if webhook.last_error is not None:
            answer["last_error_date"], answer["last_error_message"] = webhook.last_error
    if bot.queue.allowed is not None:
        answer["allowed_updates"] = sorted(bot.queue.allowed)
    return answer


METHODS = {
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
