"""What all parts of the control side share: finding what a test points at."""

from __future__ import annotations

from tests.servers.telegram.chats import Chat, Message
from tests.servers.telegram.errors import ControlError
from tests.servers.telegram.people import Bot, User
from tests.servers.telegram.views import BotLike, ChatLike, MessageView, UserLike, id_of
from tests.servers.telegram.world import World


class ControlBase:
    """Access to the world by ids and records."""

    def __init__(self, world: World) -> None:
        self.world = world

    def _bot(self, bot: BotLike | None) -> Bot:
        if bot is None:
            return self.world.only_bot()
        found = self.world.bots.get(id_of(bot))
        if found is None:
            raise ControlError(f"no such bot: {bot}")
        return found

    def _user(self, user: UserLike) -> User:
        found = self.world.users.get(id_of(user))
        if found is None:
            raise ControlError(f"no such user: {user}")
        return found

    def _someone(self, who: UserLike | BotLike) -> User | Bot:
        return self.world.bots.get(id_of(who)) or self._user(id_of(who))

    def _group(self, chat: ChatLike) -> Chat:
        found = self.world.chats.get(id_of(chat))
        if found is None:
            raise ControlError(f"no such group or channel: {chat}")
        return found

    def _chat_for(self, user: User, chat: ChatLike) -> Chat:
        """Return the chat in which a person acts; a bot stands for their private chat."""
        if id_of(chat) in self.world.bots:
            return self.world.conversation(self.world.bots[id_of(chat)], user)
        return self._group(chat)

    def _shown_chat(self, chat: ChatLike, bot: BotLike | None) -> Chat:
        """Return a chat to look at; a person stands for the private chat with *bot*."""
        user = self.world.users.get(id_of(chat))
        if user is not None:
            return self.world.conversation(self._bot(bot), user)
        return self._group(chat)

    def _place(self, message: MessageView) -> tuple[Chat, Message]:
        """Return the chat and the message behind a view.

        Raises:
            ControlError: It has been deleted.
        """
        if message.bot_id:
            user = self._user(message.chat_id)
            chat = self.world.conversation(self.world.bots[message.bot_id], user)
        else:
            chat = self._group(message.chat_id)
        found = chat.alive(message.message_id)
        if found is None:
            raise ControlError(f"message {message.message_id} is not there any more")
        return chat, found
