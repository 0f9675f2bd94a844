"""Methods about the bot itself: who it is, its commands, its answers to buttons."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from tests.servers.telegram.access import Request
from tests.servers.telegram.errors import bad_request
from tests.servers.telegram.world import CallbackAnswer

COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE: Final = re.compile(r"[a-z]{2}")
MAX_COMMANDS: Final = 100
CHAT_SCOPES: Final = frozenset({"chat", "chat_administrators", "chat_member"})
WIDE_SCOPES: Final = frozenset(
    {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
)


def get_me(request: Request) -> Any:
    return {
        **request.bot.json(),
        "can_join_groups": True,
        "can_read_all_group_messages": not request.bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def answer_callback_query(request: Request) -> Any:
    params, world = request.params, request.world
    query = world.callbacks.get(params.text("callback_query_id") or "")
    late = query is None or world.now() - query.asked > world.callback_lifetime
    if query is None or late or query.bot_id != request.bot.id or query.answer.done():
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    text = params.text("text") or ""
    if len(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer.set_result(CallbackAnswer(text, params.flag("show_alert"), params.text("url")))
    return True


def _language(request: Request) -> str:
    language = request.params.text("language_code") or ""
    if language and not LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def _command_list(request: Request) -> tuple[str, int, int, str]:
    scope = request.params.record("scope") or {"type": "default"}
    kind = scope.get("type")
    language = _language(request)
    if kind in WIDE_SCOPES:
        return str(kind), 0, 0, language
    if kind not in CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    request.params.values["chat_id"] = scope.get("chat_id")
    chat = request.readable_chat()
    if kind != "chat" and chat.type == "private":
        raise bad_request("can't use specified scope type in private chats")
    user_id = int(scope.get("user_id") or 0) if kind == "chat_member" else 0
    return str(kind), chat.id, user_id, language


def set_my_commands(request: Request) -> Any:
    commands = request.params.array("commands") or []
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    checked = []
    for command in commands:
        # Telegram takes a command with its slash too, and drops it.
        name = str(command.get("command", "")).removeprefix("/")
        description = str(command.get("description", ""))
        if not COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description.strip()) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        checked.append({"command": name, "description": description})
    request.bot.commands[_command_list(request)] = checked
    return True


def get_my_commands(request: Request) -> Any:
    return request.bot.commands.get(_command_list(request), [])


def delete_my_commands(request: Request) -> Any:
    request.bot.commands.pop(_command_list(request), None)
    return True


def _setter(field: str, limit: int) -> Callable[[Request], Any]:
    def put(request: Request) -> Any:
        text = request.params.text(field) or ""
        if len(text) > limit:
            raise bad_request(f"{field.replace('_', ' ')} is too long")
        request.bot.texts[field, _language(request)] = text
        return True

    return put


def _getter(field: str) -> Callable[[Request], Any]:
    def get(request: Request) -> Any:
        texts = request.bot.texts
        fallback = texts.get((field, ""), request.bot.first_name if field == "name" else "")
        return {field: texts.get((field, _language(request))) or fallback}

    return get


def get_user_profile_photos(request: Request) -> Any:
    if request.params.integer("user_id") not in request.world.users:
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}


def close(request: Request) -> Any:  # noqa: ARG001 - every method takes the request
    return True


def log_out(request: Request) -> Any:
    request.bot.logged_out = True
    return True


METHODS = {
    "getMe": get_me,
    "answerCallbackQuery": answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _setter("name", 64),
    "getMyName": _getter("name"),
    "setMyDescription": _setter("description", 512),
    "getMyDescription": _getter("description"),
    "setMyShortDescription": _setter("short_description", 120),
    "getMyShortDescription": _getter("short_description"),
    "getUserProfilePhotos": get_user_profile_photos,
    "close": close,
    "logOut": log_out,
}
