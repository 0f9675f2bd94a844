"""Control: who exists, and who is where in which role."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.servers.telegram.chats import (
    PRESENT,
    Chat,
    ChatType,
    Member,
    Message,
    Status,
    Topic,
)
from tests.servers.telegram.control_base import ControlBase
from tests.servers.telegram.errors import ControlError
from tests.servers.telegram.people import Bot, User
from tests.servers.telegram.render import chat_json
from tests.servers.telegram.routing import announce, my_standing_changed, standing_changed
from tests.servers.telegram.views import (
    BotLike,
    BotRef,
    ChatLike,
    ChatRef,
    Members,
    UserLike,
    UserRef,
)

SECRET_PART = "AAEmulatorEmulatorEmulatorEmulator0"


class PeopleControl(ControlBase):
    """Creates accounts and chats, and moves people in and out."""

    def bot(
        self,
        token: str | None = None,
        username: str | None = None,
        *,
        first_name: str = "Bot",
        privacy: bool = True,
    ) -> BotRef:
        """Create a bot; its id is the number in its token."""
        bot_id = int(token.partition(":")[0]) if token else next(self.world.bot_ids)
        token = token or f"{bot_id}:{SECRET_PART}"
        username = username or f"bot_{bot_id}_bot"
        bot = Bot(bot_id, token, username, first_name, privacy)
        self.world.bots[bot_id] = self.world.tokens[token] = bot
        self.world.bot_created(bot)
        return BotRef(bot_id, token, username)

    def user(
        self,
        first_name: str = "Anna",
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
        started: bool = False,
    ) -> UserRef:
        """Create a person; *started* ones have already spoken to the only bot."""
        user = User(next(self.world.user_ids), first_name, last_name, username, language_code)
        self.world.users[user.id] = user
        if started:
            self.world.conversation(self.world.only_bot(), user).started = True
        return UserRef(user.id, first_name, username, language_code)

    def users(self, count: int, *, started: bool = True) -> list[UserRef]:
        """Create many people at once."""
        return [self.user(f"User {number}", started=started) for number in range(count)]

    def group(self, title: str = "Gruppe", *, members: Members | None = None) -> ChatRef:
        """Create a basic group. The first person among *members* owns it."""
        return self._create(next(self.world.group_ids), "group", title, members)

    def supergroup(
        self,
        title: str = "Supergruppe",
        *,
        forum: bool = False,
        username: str | None = None,
        members: Members | None = None,
    ) -> ChatRef:
        """Create a supergroup. The first person among *members* owns it."""
        number = next(self.world.supergroup_ids)
        return self._create(
            number, "supergroup", title, members, username=username, is_forum=forum
        )

    def channel(
        self,
        title: str = "Kanal",
        *,
        username: str | None = None,
        members: Members | None = None,
    ) -> ChatRef:
        """Create a channel. The first person owns it; bots among *members* administer it."""
        number = next(self.world.supergroup_ids)
        return self._create(number, "channel", title, members, username=username)

    def _create(
        self,
        number: int,
        kind: ChatType,
        title: str,
        members: Members | None,
        **fields: Any,
    ) -> ChatRef:
        chat = self.world.chats[number] = Chat(number, kind, title, **fields)
        everybody = [self._someone(who) for who in members or ()]
        owner = next((who for who in everybody if isinstance(who, User)), None)
        if owner is None:
            owner = self._user(self.user("Owner"))
        chat.members[owner.id] = Member(owner, "creator")
        for who in everybody:
            if who is owner:
                continue
            leads = kind == "channel" and isinstance(who, Bot)
            self._set_status(chat, who, "administrator" if leads else "member", owner)
        return ChatRef(number, kind, title)

    def _owner(self, chat: Chat) -> User | Bot:
        return next(m.who for m in chat.members.values() if m.status == "creator")

    def _set_status(self, chat: Chat, who: User | Bot, status: Status, by: User | Bot) -> Member:
        before = chat.status(who.id)
        member = chat.members.setdefault(who.id, Member(who, before))
        if before == status:
            return member
        member.status = status
        now, change = self.world.now(), (before, status)
        if isinstance(who, Bot):
            my_standing_changed(chat, who, by, change, now)
        standing_changed(chat, member, by, change, now)
        self._service_of_change(chat, who, by, change)
        self.world.changed()
        return member

    def _service_of_change(
        self, chat: Chat, who: User | Bot, by: User | Bot, change: tuple[Status, Status]
    ) -> None:
        if chat.type == "channel":
            return
        before, after = change
        if before not in PRESENT and after in PRESENT:
            self._service(chat, by, {"new_chat_members": [who.json()]})
        elif before in PRESENT and after not in PRESENT:
            self._service(chat, by, {"left_chat_member": who.json()})

    def _service(
        self, chat: Chat, by: User | Bot, service: dict[str, Any], thread: int | None = None
    ) -> Message:
        now = self.world.now()
        message = Message(chat.new_id(), int(now), by, service=service, thread=thread)
        chat.messages[message.id] = message
        announce(chat, message, now)
        return message

    def add_bot(
        self, bot: BotLike, chat: ChatLike, *, admin: bool = False, by: UserLike | None = None
    ) -> None:
        """Let somebody, by default the owner, add a bot."""
        group = self._group(chat)
        adder = self._user(by) if by is not None else self._owner(group)
        admin = admin or group.type == "channel"
        self._set_status(group, self._bot(bot), "administrator" if admin else "member", adder)

    def kick_bot(self, bot: BotLike, chat: ChatLike) -> None:
        """Let the owner remove a bot for good."""
        group = self._group(chat)
        self._set_status(group, self._bot(bot), "kicked", self._owner(group))

    def join(self, user: UserLike, chat: ChatLike) -> None:
        """Let a person join."""
        someone = self._user(user)
        self._set_status(self._group(chat), someone, "member", someone)

    def leave(self, user: UserLike, chat: ChatLike) -> None:
        """Let a person leave."""
        someone = self._user(user)
        self._set_status(self._group(chat), someone, "left", someone)

    def promote(
        self, who: UserLike | BotLike, chat: ChatLike, *, without: list[str] | None = None
    ) -> None:
        """Make somebody an administrator, with all rights but those named in *without*."""
        group = self._group(chat)
        member = self._present(group, who)
        member.denied = frozenset(without or ())
        self._set_status(group, member.who, "administrator", self._owner(group))

    def demote(self, who: UserLike | BotLike, chat: ChatLike) -> None:
        """Make an administrator an ordinary member again."""
        group = self._group(chat)
        member = self._present(group, who)
        self._set_status(group, member.who, "member", self._owner(group))

    def restrict(self, who: UserLike | BotLike, chat: ChatLike, *, can_send: bool = False) -> None:
        """Restrict somebody; without *can_send* they are silenced."""
        group = self._group(chat)
        member = self._present(group, who)
        member.can_send = can_send
        self._set_status(group, member.who, "restricted", self._owner(group))

    def _present(self, chat: Chat, who: UserLike | BotLike) -> Member:
        someone = self._someone(who)
        if chat.status(someone.id) not in PRESENT:
            raise ControlError(f"{someone.first_name} is not in {chat.title}")
        return chat.members[someone.id]

    def topic(self, chat: ChatLike, name: str) -> int:
        """Let the owner create a forum topic; return its thread id."""
        group = self._group(chat)
        if not group.is_forum:
            raise ControlError(f"{group.title} is no forum")
        created = {"name": name, "icon_color": 7322096}
        thread = group.next_id
        group.topics[thread] = Topic(thread, name)
        self._service(group, self._owner(group), {"forum_topic_created": created}, thread)
        return thread

    def close_topic(self, chat: ChatLike, thread: int | None, *, closed: bool = True) -> None:
        """Let the owner close or reopen a topic; ``None`` is the General topic."""
        group = self._group(chat)
        if thread is None:
            group.general_closed = closed
        else:
            group.topics[thread].closed = closed
        kind = "forum_topic_closed" if closed else "forum_topic_reopened"
        self._service(group, self._owner(group), {kind: {}}, thread)

    def migrate(self, chat: ChatLike) -> ChatRef:
        """Upgrade a group to a supergroup with another id, as Telegram does on many occasions."""
        old = self._group(chat)
        if old.type != "group" or old.migrated_to is not None:
            raise ControlError(f"{old.title} is no basic group")
        number = next(self.world.supergroup_ids)
        new = self.world.chats[number] = Chat(number, "supergroup", old.title)
        new.members = {who: replace(member) for who, member in old.members.items()}
        owner = self._owner(old)
        self._service(old, owner, {"migrate_to_chat_id": number})
        old.migrated_to = number
        self._service(new, owner, {"migrate_from_chat_id": old.id})
        self.world.changed()
        return ChatRef(number, "supergroup", old.title)

    def chat_info(self, chat: ChatLike, *, bot: BotLike | None = None) -> dict[str, Any]:
        """Return a chat in the Bot API's JSON."""
        return chat_json(self._shown_chat(chat, bot))
