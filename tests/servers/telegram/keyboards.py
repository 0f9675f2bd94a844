"""``reply_markup``: inline keyboards and the older kinds.

Source: https://core.telegram.org/bots/api#inlinekeyboardmarkup
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from tests.servers.telegram.errors import bad_request
from tests.servers.telegram.params import Params

MAX_DATA: Final = 64
MAX_BUTTONS: Final = 100

_ACTIONS: Final = frozenset(
    {
        "callback_data",
        "url",
        "login_url",
        "web_app",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    }
)


def read_markup(params: Params, *, inline_only: bool = False) -> dict[str, Any] | None:
    """Return the checked ``reply_markup``, or ``None`` when there is none.

    Raises:
        ApiError: A button is malformed, or the keyboard is of the wrong kind.
    """
    markup = params.record("reply_markup")
    if not markup:
        return None
    rows = markup.get("inline_keyboard")
    if rows is not None:
        return _read_inline(rows)
    if inline_only:
        raise bad_request("inline keyboard expected")
    if "keyboard" in markup:
        _check_rows(markup["keyboard"])
        return markup
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return markup
    raise bad_request("object expected as reply markup")


def _read_inline(rows: Any) -> dict[str, Any] | None:
    _check_rows(rows)
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, kept)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _check_rows(rows: Any) -> None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse keyboard: expected an Array of Arrays")


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"]:
        raise bad_request("can't parse inline keyboard button: text must be non-empty")
    if not _ACTIONS & button.keys():
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= MAX_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        _check_url(button["url"])
    return button


def _check_url(url: Any) -> None:
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme == "tg":
        if parts is None:
            raise bad_request("inline keyboard button URL is invalid: expected a String")
        return
    host = parts.hostname or url.partition("/")[0]
    if parts.scheme not in {"", "http", "https"} or "." not in host or " " in url:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
