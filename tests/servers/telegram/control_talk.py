"""Control: what people say and do in chats."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.servers.telegram.chats import LEADING, PRESENT, Chat, Message
from tests.servers.telegram.control_base import ControlBase
from tests.servers.telegram.entities import detect
from tests.servers.telegram.errors import ControlError
from tests.servers.telegram.methods_media import document_media, photo_media, store_file
from tests.servers.telegram.params import Upload
from tests.servers.telegram.people import User
from tests.servers.telegram.render import chat_json, message_json
from tests.servers.telegram.routing import announce, my_standing_changed
from tests.servers.telegram.sending import thread_of_reply
from tests.servers.telegram.views import BotLike, ChatLike, MessageView, UserLike, view
from tests.servers.telegram.world import CallbackAnswer, CallbackQuery


class TalkControl(ControlBase):
    """Lets people write, press, react, block and the like."""

    def say(
        self,
        user: UserLike,
        chat: ChatLike,
        text: str,
        *,
        reply_to: MessageView | None = None,
        thread: int | None = None,
    ) -> MessageView:
        """Let a person write; mentions, commands and links become entities by themselves.

        A *chat* that is a bot means the private chat with it, which the first message starts.
        """
        message = Message(0, 0, self._user(user), text=text, entities=detect(text))
        return self._write(chat, message, reply_to, thread)

    def say_many(self, user: UserLike, chat: ChatLike, texts: list[str]) -> list[MessageView]:
        """Let a person write many messages at once."""
        return [self.say(user, chat, text) for text in texts]

    def upload(
        self,
        user: UserLike,
        chat: ChatLike,
        name: str,
        data: bytes,
        *,
        caption: str = "",
        mime: str = "application/octet-stream",
        reply_to: MessageView | None = None,
        thread: int | None = None,
    ) -> MessageView:
        """Let a person send a document."""
        file = store_file(self.world, Upload(name, mime, data), "document")
        media = document_media(file)
        return self._show(user, chat, media, caption, reply_to=reply_to, thread=thread)

    def photograph(
        self,
        user: UserLike,
        chat: ChatLike,
        data: bytes,
        *,
        caption: str = "",
        reply_to: MessageView | None = None,
        thread: int | None = None,
    ) -> MessageView:
        """Let a person send a photo, which on Telegram has no name."""
        file = store_file(self.world, Upload("photo.jpg", "image/jpeg", data), "photo")
        media = photo_media(self.world, file)
        return self._show(user, chat, media, caption, reply_to=reply_to, thread=thread)

    def _show(
        self,
        user: UserLike,
        chat: ChatLike,
        media: dict[str, Any],
        caption: str = "",
        *,
        reply_to: MessageView | None = None,
        thread: int | None = None,
    ) -> MessageView:
        message = Message(
            0, 0, self._user(user), text=caption, entities=detect(caption), media=media
        )
        return self._write(chat, message, reply_to, thread)

    def _write(
        self,
        where: ChatLike,
        message: Message,
        reply_to: MessageView | None,
        thread: int | None,
    ) -> MessageView:
        user = message.sender
        if not isinstance(user, User):
            raise ControlError("bots write through the Bot API")
        chat = self._chat_for(user, where)
        self._check_writable(chat, user)
        if reply_to is not None:
            message.reply_to = self._place(reply_to)[1]
            thread = thread or message.reply_to.thread
            if not chat.is_forum:
                thread = thread_of_reply(chat, message.reply_to)
        if chat.is_forum and thread is not None and thread not in chat.topics:
            raise ControlError(f"{chat.title} has no topic {thread}")
        message.id, message.date, message.thread = chat.new_id(), int(self.world.now()), thread
        chat.started = True
        chat.messages[message.id] = message
        announce(chat, message, self.world.now())
        self.world.changed()
        return view(chat, message)

    def _check_writable(self, chat: Chat, user: User) -> None:
        if chat.blocked:
            raise ControlError(f"{user.first_name} has blocked the bot")
        if chat.migrated_to is not None:
            raise ControlError(f"{chat.title} is a supergroup now")
        if chat.type == "channel" and chat.status(user.id) not in LEADING:
            raise ControlError(f"{user.first_name} may not post in {chat.title}")
        if chat.type != "private" and chat.status(user.id) not in PRESENT:
            raise ControlError(f"{user.first_name} is not in {chat.title}")

    def edit(self, user: UserLike, message: MessageView, text: str) -> MessageView:
        """Let a person edit a message of their own."""
        chat, found = self._own(user, message)
        found.text, found.entities = text, detect(text)
        found.edit_date = int(self.world.now())
        found.edits += 1
        announce(chat, found, self.world.now(), edited=True)
        return view(chat, found)

    def delete(self, user: UserLike, message: MessageView) -> None:
        """Let a person delete a message; bots never hear of that."""
        _, found = self._place(message)
        found.deleted = True
        self._user(user)

    def _own(self, user: UserLike, message: MessageView) -> tuple[Chat, Message]:
        chat, found = self._place(message)
        if found.sender is not self._user(user):
            raise ControlError("that message is somebody else's")
        return chat, found

    def react(self, user: UserLike, message: MessageView, emoji: str | None) -> None:
        """Let a person put a reaction on a message, or take it back with ``None``.

        Bots hear of it if they asked for ``message_reaction`` and, in groups, lead the chat.
        """
        chat, found = self._place(message)
        someone = self._user(user)
        old = found.reactions.get(someone.id, [])
        new = [{"type": "emoji", "emoji": emoji}] if emoji else []
        found.reactions[someone.id] = new
        payload = {
            "chat": chat_json(chat),
            "message_id": found.id,
            "user": someone.json(),
            "date": int(self.world.now()),
            "old_reaction": old,
            "new_reaction": new,
        }
        for bot in chat.bots():
            if chat.type == "private" or chat.status(bot.id) in LEADING:
                bot.queue.push("message_reaction", payload, self.world.now())
        self.world.changed()

    def press(self, user: UserLike, message: MessageView, button: str) -> str:
        """Let a person press a button, named by its label or its data; return the query's id."""
        chat, found = self._place(message)
        data = _data_of(view(chat, found), button)
        query_id = str(4_000_000_000_000_000_000 + next(self.world.serial))
        author = self.world.bots[found.sender.id]
        future: asyncio.Future[CallbackAnswer] = asyncio.get_running_loop().create_future()
        self.world.callbacks[query_id] = CallbackQuery(author.id, self.world.now(), future)
        payload = {
            "id": query_id,
            "from": self._user(user).json(),
            "message": message_json(chat, found),
            "chat_instance": str(chat.id),
            "data": data,
        }
        author.queue.push("callback_query", payload, self.world.now())
        self.world.changed()
        return query_id

    async def callback_answer(self, query_id: str, *, within: float = 5.0) -> CallbackAnswer:
        """Wait for the bot's answer to a pressed button."""
        future = self.world.callbacks[query_id].answer
        await self.world.until(future.done, within, "answer to the callback query")
        return future.result()

    def vote(self, user: UserLike, message: MessageView, options: list[int]) -> None:
        """Let a person vote in a poll; an empty list takes the vote back."""
        _, found = self._place(message)
        poll = next(poll for poll in self.world.polls.values() if poll.message is found)
        if poll.content["is_closed"]:
            raise ControlError("the poll is closed")
        someone = self._user(user)
        poll.votes[someone.id] = options
        poll.content["total_voter_count"] = sum(map(bool, poll.votes.values()))
        for number, option in enumerate(poll.content["options"]):
            option["voter_count"] = sum(number in chosen for chosen in poll.votes.values())
        now = self.world.now()
        if not poll.content["is_anonymous"]:
            answer = {
                "poll_id": poll.content["id"],
                "user": someone.json(),
                "option_ids": options,
                "option_persistent_ids": [str(number) for number in options],
            }
            poll.bot.queue.push("poll_answer", answer, now)
        snapshot = {**poll.content, "options": [dict(o) for o in poll.content["options"]]}
        poll.bot.queue.push("poll", snapshot, now)

    def block(self, user: UserLike, bot: BotLike | None = None) -> None:
        """Let a person block a bot."""
        self.world.block(self._user(user), self._bot(bot))

    def unblock(self, user: UserLike, bot: BotLike | None = None) -> None:
        """Let a person unblock a bot."""
        someone, account = self._user(user), self._bot(bot)
        chat = self.world.conversation(account, someone)
        if chat.blocked:
            chat.blocked = False
            now = self.world.now()
            my_standing_changed(chat, account, someone, ("kicked", "member"), now)

    def deactivate(self, user: UserLike) -> None:
        """Let a person delete their account."""
        self._user(user).deactivated = True


def _data_of(message: MessageView, button: str) -> str:
    for row in message.buttons:
        for candidate in row:
            data = candidate.get("callback_data")
            if data is not None and button in (candidate["text"], data):
                return str(data)
    raise ControlError(f"no button {button!r} among {message.button_texts()}")
