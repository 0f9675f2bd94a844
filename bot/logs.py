"""Structured logs: what happened, never what was said, never a secret, and nobody's account.

Where it matters which chat or event it was, a pseudonym tells it: a keyed hash, with a key that
is in memory only and is renewed every day.
"""

import hmac
import logging
import re
import secrets
import sys
import time
from collections.abc import Collection
from typing import Any, Literal

import structlog

_SECRETS = re.compile(
    r"(bot)?\d{3,}(?::|%3A)[A-Za-z0-9_-]{20,}"  # a Telegram token, also inside an address
    r"|\b(?:sy[tr]|ma[tr]|mc[tr])_[A-Za-z0-9_]{10,}"  # a Matrix access or refresh token
    r"|(?<=/calendar/)[A-Za-z0-9_-]{20,}"  # the address of a private calendar
    r"|(?<=Bearer )[^\s'\"]+"
    r"|(?<=://)[^/@\s:]*:[^/\s]+(?=@)"  # user and password inside an address
)
_NAMED = re.compile(
    r"((?:access_token|refresh_token|password|secret_token)(?:=|['\"]\s*:\s*['\"]))[^&\s'\"]+"
)
"""A secret of any form after its name: in a query, in JSON, in Python's notation."""

_BODIES = ("text", "body", "formatted_body", "document", "content", "argument")
_KEYS = ("token", "access_token", "password", "secret", "webhook_secret")
_HIDDEN = dict.fromkeys(_BODIES, "[not logged]") | dict.fromkeys(_KEYS, "[secret]")


_IDENTIFYING = frozenset({
    "account", "address", "chat", "identity", "member", "member_id", "message", "person",
    "received", "room", "sender", "thread", "to", "update_id", "user", "who",
})  # fmt: skip
"""What tells of people or their chats: only its pseudonym is written."""
_ACCOUNTS = re.compile(
    r"(?<![\w\]])[@!$][^\s:'\"(),\[\]{}<>]+:[A-Za-z0-9.-]+(?::\d+)?"  # of Matrix, with a server
    r"|(?<!\w)[!$][\w-]{30,}"  # of Matrix, without one
    r"|\b(?:telegram|console)(?:\.[a-z0-9-]+)?:-?[\w@.+-]+"
    r"|(?<=chat_id=)-?\d+|(?<=user_id=)\d+"
)
"""Accounts and chats inside texts, as an error of a library may quote them."""
_DETAILS = re.compile(r"DETAIL: .*")
"""What PostgreSQL says of a row that it refuses: its values."""
_RENEWED_EVERY = 24 * 3600.0
"""Seconds for which a pseudonym holds: long enough to follow a trouble, and then nobody's."""


class _Pseudonyms:
    """Keyed hashes; the key is never written, and a new one takes its place every day."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._made_at = time.monotonic()

    def of(self, value: object) -> str:
        now = time.monotonic()
        if now - self._made_at > _RENEWED_EVERY:
            self._key, self._made_at = secrets.token_bytes(32), now
        digest = hmac.new(self._key, str(value).encode(errors="replace"), "sha256")
        return f"~{digest.hexdigest()[:10]}"


_pseudonyms = _Pseudonyms()

_SHORTEST = 4
_known_secrets: list[str] = []


def scrub(text: str) -> str:
    """Return *text* with everything replaced that is a secret or looks like one."""
    for secret in _known_secrets:
        text = text.replace(secret, "[secret]")
    return _NAMED.sub(r"\1[secret]", _SECRETS.sub("[secret]", text))


def _protect(_logger: Any, _method: str, event: structlog.typing.EventDict) -> Any:
    """Drop message bodies and secrets, whoever put them into an event."""
    for key, value in event.items():
        # structlog keeps notes of its own, which are never printed, under such names.
        if not key.startswith("_"):
            event[key] = _harmless(key, value)
    return event


def _nameless(text: str) -> str:
    """Return *text* with pseudonyms in the place of accounts and chats that it quotes."""
    bare = _DETAILS.sub("DETAIL: [not logged]", text)
    return _ACCOUNTS.sub(lambda found: _pseudonyms.of(found[0]), bare)


def _harmless(key: str, value: object) -> object:
    """Return what may be printed of *value*, however deep it holds others."""
    if key in _HIDDEN:
        return _HIDDEN[key]
    if key in _IDENTIFYING and value is not None:
        return _pseudonyms.of(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {scrub(str(name)): _harmless(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_harmless("", inner) for inner in value]
    return _nameless(scrub(repr(value) if isinstance(value, BaseException) else str(value)))


def configure(
    *,
    level: Literal["debug", "info", "warning", "error"] = "info",
    style: Literal["pretty", "json"] = "pretty",
    secrets: Collection[str] = (),
) -> None:
    """Send the program's and its libraries' logs to standard error, one event a line.

    Args:
        level: The least that is written.
        style: For people, or one JSON object a line.
        secrets: The secrets in force; they are hidden wherever they turn up.
    """
    # Shorter ones would tear holes into words without hiding anything worth hiding.
    long = [secret for secret in secrets if len(secret) >= _SHORTEST]
    _known_secrets[:] = sorted(long, key=len, reverse=True)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _protect,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries write whatever they hold below this level: addresses with tokens, encryption keys
    # on their way into a store. Only our own words follow the operator's wish.
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    for ours in ("bot", "handlers", "schedules"):
        logging.getLogger(ours).setLevel(level.upper())
