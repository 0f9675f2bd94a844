"""What an operator should know about the bot's account; for ``stadtfunk doctor``."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from telegram import User, WebhookInfo

from bot.channels.port import Finding, Level
from bot.channels.telegram.incoming import NAME

MAX_SKEW = timedelta(seconds=30)
"""How far our clock may be off before reminders look late."""

MANY_PENDING = 100
"""Waiting updates from which on somebody should look whether the bot runs."""

RECENT = timedelta(hours=1)
"""Telegram keeps its last webhook error for ever; an older one is history."""


def ok(text: str) -> Finding:
    """Return a good line."""
    return Finding(NAME, Level.OK, text)


def warn(text: str) -> Finding:
    """Return a line that asks for a look."""
    return Finding(NAME, Level.WARN, text)


def fail(text: str) -> Finding:
    """Return a line that keeps the channel from working."""
    return Finding(NAME, Level.FAIL, text)


def account(me: User) -> list[Finding]:
    """Say who the bot is and what it reads in groups."""
    # Both are good: an operator who wants ambient answers or a bridge has a choice of two.
    if me.can_read_all_group_messages:
        privacy = (
            "privacy mode is off: the bot receives every message of its groups;"
            " needed only for ambient answers and bridged rooms"
        )
    else:
        privacy = (
            "privacy mode is on: ambient answers (/mitreden) and bridged rooms work only in"
            " groups where the bot is an administrator"
        )
    return [ok(f"@{me.username}, id {me.id}"), ok(privacy)]


def polling(info: WebhookInfo) -> list[Finding]:
    """Say how updates are fetched, and whether a webhook is in the way."""
    if info.url:
        return [
            warn(
                f"a webhook is set (at {_host(info.url)}) although channels.telegram.mode is"
                " polling: the bot removes it when it starts"
            )
        ]
    return [_pending("polling", info)]


def webhook(info: WebhookInfo, *, url: str, now: datetime) -> list[Finding]:
    """Say whether Telegram calls the right place and gets through.

    The path is part of the secret, so only hosts are shown.
    """
    if not info.url:
        return [warn("no webhook is set: the bot sets it when it starts")]
    if info.url != url:
        return [
            warn(
                f"the webhook is set to another address (at {_host(info.url)}): the bot"
                " replaces it when it starts; check channels.telegram.public_url"
            )
        ]
    findings = [_pending(f"webhook at {_host(info.url)}", info)]
    if info.last_error_date is not None and now - info.last_error_date < RECENT:
        findings.append(
            warn(
                f"Telegram's call failed at {info.last_error_date:%H:%M:%S} UTC"
                f" ({info.last_error_message}): check channels.telegram.public_url"
            )
        )
    return findings


def clock(served_at: datetime | None, now: datetime) -> Finding:
    """Compare our clock with the service's; *now* is when its answer came."""
    if served_at is None:
        return warn("Telegram does not tell the time: make sure that NTP sets the clock")
    skew = now - served_at
    if abs(skew) <= MAX_SKEW:
        return ok("the clock agrees with Telegram's")
    direction = "ahead of" if skew > timedelta(0) else "behind"
    seconds = abs(round(skew.total_seconds()))
    return warn(f"the clock is {seconds} s {direction} Telegram's: set it by NTP")


def _pending(how: str, info: WebhookInfo) -> Finding:
    text = f"{how}, {info.pending_update_count} updates waiting"
    if info.pending_update_count >= MANY_PENDING:
        return warn(f"{text}: is the bot running?")
    return ok(text)


def _host(url: str) -> str:
    return urlsplit(url).hostname or "an unreadable address"
