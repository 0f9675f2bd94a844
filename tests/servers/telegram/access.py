"""What a bot may reach: chats that it knows and may write to, and messages in them."""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.chats import PRESENT, Chat, Member, Message
from tests.servers.telegram.errors import bad_request, forbidden
from tests.servers.telegram.params import Params
from tests.servers.telegram.people import Bot
from tests.servers.telegram.world import World


class Request:
    """One call of one bot, and shortcuts to what it is about."""

    __slots__ = ("bot", "params", "world")

    def __init__(self, world: World, bot: Bot, params: Params) -> None:
        self.world = world
        self.bot = bot
        self.params = params

    def chat(self, name: str = "chat_id") -> Chat:
        """Return the chat that the call names, if the bot may know of it.

        Raises:
            ApiError: It does not exist for this bot, or has moved.
        """
        chat = self._find(self.params.values.get(name), name)
        if chat.migrated_to is not None:
            raise bad_request(
                "group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        return chat

    def _find(self, given: Any, name: str) -> Chat:
        if given is None or given == "":
            raise bad_request(f"{name} is empty")
        if isinstance(given, str) and given.startswith("@"):
            for chat in self.world.chats.values():
                if chat.username and chat.username.lower() == given[1:].lower():
                    return chat
            raise bad_request("chat not found")
        try:
            chat_id = int(given)
        except (TypeError, ValueError):
            raise bad_request("chat not found") from None
        return self._by_id(chat_id)

    def _by_id(self, chat_id: int) -> Chat:
        world = self.world
        if chat_id > 0:
            if chat_id in world.bots:
                raise forbidden("bot can't send messages to bots")
            user = world.users.get(chat_id)
            if user is None:
                raise bad_request("chat not found")
            return world.private.get((self.bot.id, chat_id)) or world.conversation(self.bot, user)
        chat = world.chats.get(chat_id)
        if chat is None or (self.bot.id not in chat.members and not chat.username):
            raise bad_request("chat not found")
        return chat

    def member(self, chat: Chat) -> Member:
        """Return the bot's own standing in a chat that it must be in.

        Raises:
            ApiError: It was kicked, left, or never came.
        """
        status = chat.status(self.bot.id)
        if status == "kicked":
            raise forbidden(f"bot was kicked from the {_noun(chat)} chat")
        if status not in PRESENT:
            raise forbidden(f"bot is not a member of the {_noun(chat)} chat")
        return chat.members[self.bot.id]

    def readable_chat(self, name: str = "chat_id") -> Chat:
        """Return a chat whose contents the bot may see."""
        chat = self.chat(name)
        if chat.type != "private" and not (chat.username and chat.type == "channel"):
            self.member(chat)
        return chat

    def writable_chat(self) -> Chat:
        """Return the chat that the call sends to.

        Raises:
            ApiError: The bot may not write there, for one of Telegram's many reasons.
        """
        chat = self.chat()
        if chat.user is not None:
            if chat.user.deactivated:
                raise forbidden("user is deactivated")
            if chat.blocked:
                raise forbidden("bot was blocked by the user")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
            return chat
        member = self.member(chat)
        if chat.type == "channel" and not member.may("can_post_messages"):
            raise bad_request("need administrator rights in the channel chat")
        if member.status == "restricted" and not member.can_send:
            raise bad_request("not enough rights to send text messages to the chat")
        return chat

    def message(self, chat: Chat, verb: str, name: str = "message_id") -> Message:
        """Return the message that the call is about.

        Raises:
            ApiError: 400 "message to *verb* not found".
        """
        message = chat.alive(self.params.integer(name) or 0)
        if message is None:
            raise bad_request(f"message to {verb} not found")
        return message


def _noun(chat: Chat) -> str:
    return "group" if chat.type == "group" else chat.type
