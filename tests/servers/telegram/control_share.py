"""Control: what people share besides plain words and documents."""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.chats import Entity, Message
from tests.servers.telegram.control_talk import TalkControl
from tests.servers.telegram.entities import check, detect
from tests.servers.telegram.methods_media import file_json, photo_media, playing, store_file
from tests.servers.telegram.params import Upload
from tests.servers.telegram.routing import announce
from tests.servers.telegram.views import ChatLike, MessageView, UserLike, view

MIMES = {
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "animation": "video/mp4",
}


class ShareControl(TalkControl):
    """Lets people share recordings, pictures, stickers, places, polls and others' words."""

    def format(
        self, user: UserLike, chat: ChatLike, text: str, entities: list[Entity], **where: Any
    ) -> MessageView:
        """Let a person write with marks; *where* is ``reply_to`` or ``thread``."""
        marks = self._marks(text, entities)
        message = Message(0, 0, self._user(user), text=text, entities=marks)
        return self._write(chat, message, where.get("reply_to"), where.get("thread"))

    def reformat(
        self, user: UserLike, message: MessageView, text: str, entities: list[Entity]
    ) -> MessageView:
        """Let a person edit a text or a caption of their own, with marks."""
        chat, found = self._own(user, message)
        found.text, found.entities = text, self._marks(text, entities)
        found.edit_date, found.edits = int(self.world.now()), found.edits + 1
        announce(chat, found, self.world.now(), edited=True)
        return view(chat, found)

    def _marks(self, text: str, entities: list[Entity]) -> list[Entity]:
        """Check entities, and tell of who is named everything that Telegram tells."""
        return [
            {**one, "user": self.world.users[one["user"]["id"]].json()} if "user" in one else one
            for one in check(text, entities)
        ]

    def play(
        self,
        user: UserLike,
        chat: ChatLike,
        kind: str,
        data: bytes,
        *,
        caption: str = "",
        thread: int | None = None,
    ) -> MessageView:
        """Let a person send a ``voice``, ``audio``, ``video``, ``video_note`` or ``animation``."""
        file = store_file(self.world, Upload(f"{kind}.bin", MIMES[kind], data), kind)
        media = playing(kind, file)
        if kind == "animation":  # for programs that know no animations
            media["document"] = {**media[kind]}
        return self._show(user, chat, media, caption, thread=thread)

    def album(
        self,
        user: UserLike,
        chat: ChatLike,
        pictures: list[bytes],
        *,
        caption: str = "",
        thread: int | None = None,
    ) -> list[MessageView]:
        """Let a person send several photos as one album, the caption at the first."""
        group = str(next(self.world.serial))
        sent = []
        for number, data in enumerate(pictures):
            file = store_file(self.world, Upload("photo.jpg", "image/jpeg", data), "photo")
            media = {**photo_media(self.world, file), "media_group_id": group}
            words = "" if number else caption
            sent.append(self._show(user, chat, media, words, thread=thread))
        return sent

    def stick(
        self,
        user: UserLike,
        chat: ChatLike,
        data: bytes,
        emoji: str,
        *,
        moving: bool = False,
        thread: int | None = None,
    ) -> MessageView:
        """Let a person send a sticker; of one that moves Telegram keeps a still picture."""
        file = store_file(self.world, Upload("sticker", "image/webp", data), "sticker")
        size = {"width": 512, "height": 512}
        sticker = {
            **file_json(file),
            **size,
            "type": "regular",
            "is_animated": moving,
            "is_video": False,
            "emoji": emoji,
        }
        if moving:
            still = store_file(self.world, Upload("still", "image/jpeg", data[::-1]), "thumb")
            sticker["thumbnail"] = {**file_json(still), **size}
        return self._show(user, chat, {"sticker": sticker}, thread=thread)

    def locate(
        self,
        user: UserLike,
        chat: ChatLike,
        latitude: float,
        longitude: float,
        title: str = "",
        *,
        thread: int | None = None,
    ) -> MessageView:
        """Let a person send a place, with a *title* as a venue."""
        place: dict[str, Any] = {"location": {"latitude": latitude, "longitude": longitude}}
        if title:
            place = {"venue": {**place, "title": title, "address": "Markt 1"}, **place}
        return self._show(user, chat, place, thread=thread)

    def ask(
        self,
        user: UserLike,
        chat: ChatLike,
        question: str,
        options: list[str],
        *,
        thread: int | None = None,
    ) -> MessageView:
        """Let a person start a poll."""
        poll = {
            "id": str(next(self.world.serial)),
            "question": question,
            "options": [
                {"text": text, "voter_count": 0, "persistent_id": str(number)}
                for number, text in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
        return self._show(user, chat, {"poll": poll}, thread=thread)

    def hand_card(
        self, user: UserLike, chat: ChatLike, first_name: str, number: str
    ) -> MessageView:
        """Let a person send a contact."""
        card = {"first_name": first_name, "phone_number": number}
        return self._show(user, chat, {"contact": card})

    def pass_on(self, user: UserLike, chat: ChatLike, text: str, author: str) -> MessageView:
        """Let a person forward the words of somebody who hides their account."""
        someone = self._user(user)
        origin = {
            "type": "hidden_user",
            "date": int(self.world.now()),
            "sender_user_name": author,
        }
        message = Message(0, 0, someone, text=text, entities=detect(text), forwarded=origin)
        return self._write(chat, message, None, None)

    def refuse_voice(self, user: UserLike) -> None:
        """Let a person with Premium take no voice messages."""
        self._user(user).no_voice = True
