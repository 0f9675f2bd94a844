"""From Telegram's updates to what crosses the port.

Source: https://core.telegram.org/bots/api#update
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberOwner,
    ChatMemberRestricted,
    ChatMemberUpdated,
    MaybeInaccessibleMessage,
    Message,
    MessageReactionUpdated,
    ReactionType,
    ReactionTypeEmoji,
    Update,
    User,
)
from telegram import Chat as TelegramChat

from bot.channels.telegram.addressing import Account, answered, read
from bot.channels.telegram.fields import id_in, instant_in, text_in
from bot.channels.telegram.saying import document, photo, said
from bot.clock import Clock
from bot.messages import (
    Address,
    ButtonPress,
    Change,
    Chat,
    ChatChange,
    ChatKind,
    Identity,
    Incoming,
    IncomingFile,
    IncomingMessage,
    MessageEdited,
    MessageId,
    Presence,
    Reacted,
    Said,
    Sender,
)

NAME = "telegram"
"""The channel's name in addresses."""

ALLOWED_UPDATES = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.MESSAGE_REACTION,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
)
"""What Telegram is asked for; everything else would only cost requests.

Of reactions it tells only a bot that administers the group.
"""

_KINDS = {
    TelegramChat.PRIVATE: ChatKind.DIRECT,
    TelegramChat.GROUP: ChatKind.ROOM,
    TelegramChat.SUPERGROUP: ChatKind.ROOM,
    TelegramChat.CHANNEL: ChatKind.BROADCAST,
}


def events(update: Update, account: Account, clock: Clock) -> list[Incoming]:
    """Return everything that *update* tells: several people may come into a group at once."""
    message = update.message
    if message is not None and (message.new_chat_members or message.left_chat_member):
        return list(_presences(f"u{update.update_id}", message))
    event = translate(update, account, clock)
    return [] if event is None else [event]


def translate(update: Update, account: Account, clock: Clock) -> Incoming | None:
    """Return what *update* tells; ``None`` for what neither an answer nor a mirror needs.

    Other bots, people who speak as a channel, and automatic forwards of a linked channel's posts
    are left out, and so are edits and reactions in a direct chat.
    """
    event_id = f"u{update.update_id}"
    if update.edited_message is not None:
        return _edited(event_id, update.edited_message)
    if update.message_reaction is not None:
        return _reacted(event_id, update.message_reaction)
    if update.message is not None:
        return _message(event_id, update.message, account)
    if update.callback_query is not None:
        return _press(event_id, update.callback_query, clock)
    if update.my_chat_member is not None:
        return _membership(event_id, update.my_chat_member)
    return None


def _message(event_id: str, message: Message, account: Account) -> Incoming | None:
    if message.migrate_to_chat_id is not None:
        return _moved(event_id, message, message.migrate_to_chat_id)
    sender, reading, chat = _author(message), read(message, account), _chat(message)
    direct = chat.kind is ChatKind.DIRECT
    whole = None if direct else said(message)
    if sender is None or (reading is None and whole is None):
        return None
    if reading is None or (reading.foreign and not direct):
        if whole is None:
            return None
        # To be mirrored only: it has no words for a handler, or they are for another bot.
        return _plain(event_id, message, chat, sender, whole)
    return replace(
        _plain(event_id, message, chat, sender, whole),
        text=reading.text,
        addressed=direct or reading.addressed,
        file=_file(message),
    )


def _plain(
    event_id: str, message: Message, chat: Chat, sender: Sender, whole: Said | None
) -> IncomingMessage:
    other = answered(message)
    return IncomingMessage(
        id=event_id,
        message=_message_id(message),
        chat=chat,
        sender=sender,
        text="",
        addressed=False,
        sent_at=instant_in(message.date),
        reply_to=None if other is None else _message_id(other),
        said=whole,
    )


def _edited(event_id: str, message: Message) -> MessageEdited | None:
    if message.location is not None:
        return None  # a live position moves every few seconds; it is told once
    sender, chat = _author(message), _chat(message)
    whole = said(message) if chat.kind is ChatKind.ROOM else None
    if sender is None or whole is None:
        return None
    return MessageEdited(
        id=event_id,
        message=_message_id(message),
        chat=chat,
        sender=sender,
        sent_at=instant_in(message.edit_date or message.date),
        said=whole,
    )


def _reacted(event_id: str, update: MessageReactionUpdated) -> Reacted | None:
    """Return which emoji came and went; custom ones exist on Telegram only.

    Source: https://core.telegram.org/bots/api#messagereactionupdated
    """
    group = update.chat
    sender = _person(update.user)
    if update.actor_chat is not None and update.actor_chat == group:
        sender = Sender(Identity(NAME, id_in(group.id)), text_in(group.title or ""))
    before, now = _emoji(update.old_reaction), _emoji(update.new_reaction)
    added = tuple(emoji for emoji in now if emoji not in before)
    removed = tuple(emoji for emoji in before if emoji not in now)
    if sender is None or _KINDS[group.type] is not ChatKind.ROOM or not (added or removed):
        return None
    return Reacted(
        id=event_id,
        message=MessageId(id_in(update.message_id)),
        chat=_place(group),
        sender=sender,
        sent_at=instant_in(update.date),
        added=added,
        removed=removed,
    )


def _emoji(reactions: Iterable[ReactionType]) -> tuple[str, ...]:
    return tuple(text_in(one.emoji) for one in reactions if isinstance(one, ReactionTypeEmoji))


def _presences(event_id: str, message: Message) -> Iterator[Presence]:
    """Yield who came or left, the bot and its like not among them."""
    left = message.left_chat_member
    for number, user in enumerate((left,) if left else message.new_chat_members):
        sender = _person(user)
        if sender is not None:
            yield Presence(
                id=f"{event_id}.{number}",
                chat=_chat(message),
                sender=sender,
                sent_at=instant_in(message.date),
                joined=left is None,
            )


def _file(message: Message) -> IncomingFile | None:
    return photo(message) or document(message)


def _author(message: Message) -> Sender | None:
    if message.via_bot or message.is_automatic_forward:
        return None
    if message.sender_chat:
        return _group_itself(message)
    return _person(message.from_user)


def _group_itself(message: Message) -> Sender | None:
    """Return an anonymous administrator as the group; nobody for who speaks as a channel.

    Source: https://core.telegram.org/bots/api#message (``sender_chat``)
    """
    group = message.chat
    if message.sender_chat != group or _KINDS[group.type] is not ChatKind.ROOM:
        return None
    return Sender(Identity(NAME, str(group.id)), group.title or "")


def _person(user: User | None) -> Sender | None:
    if user is None or user.is_bot:
        return None
    language = None if user.language_code is None else text_in(user.language_code)
    return Sender(Identity(NAME, id_in(user.id)), text_in(user.full_name), language)


def _press(event_id: str, query: CallbackQuery, clock: Clock) -> ButtonPress | None:
    sender = _person(query.from_user)
    if sender is None or query.data is None or query.message is None:
        return None
    return ButtonPress(
        id=event_id,
        message=_message_id(query.message),
        chat=_chat(query.message),
        sender=sender,
        # Telegram does not tell when a button was pressed; the message's date may be days old.
        sent_at=clock.now(),
        value=text_in(query.data),
    )


def _membership(event_id: str, update: ChatMemberUpdated) -> ChatChange | None:
    could = _can_write(update.old_chat_member, update.chat)
    can = _can_write(update.new_chat_member, update.chat)
    if could == can:
        return None
    return ChatChange(
        id=event_id,
        chat=_place(update.chat),
        change=Change.JOINED if can else Change.LEFT,
        sent_at=instant_in(update.date),
        sender=_person(update.from_user),
    )


def _can_write(member: ChatMember, chat: TelegramChat) -> bool:
    match member:
        case ChatMemberOwner():
            return True
        case ChatMemberAdministrator():
            return chat.type != TelegramChat.CHANNEL or bool(member.can_post_messages)
        case ChatMemberRestricted():
            return member.is_member and member.can_send_messages
        case _:
            return member.status == ChatMember.MEMBER and chat.type != TelegramChat.CHANNEL


def _moved(event_id: str, message: Message, new_id: int) -> ChatChange:
    return ChatChange(
        id=event_id,
        chat=_place(message.chat),
        change=Change.MOVED,
        sent_at=instant_in(message.date),
        moved_to=id_in(new_id),
        sender=_person(message.from_user),
    )


def _chat(message: MaybeInaccessibleMessage) -> Chat:
    # Outside of forums message_thread_id only names a chain of replies.
    in_topic = isinstance(message, Message) and message.is_topic_message
    thread = message.message_thread_id if isinstance(message, Message) and in_topic else None
    return _place(message.chat, None if thread is None else id_in(thread))


def _place(chat: TelegramChat, thread: str | None = None) -> Chat:
    return Chat(
        Address(NAME, id_in(chat.id), thread), _KINDS[chat.type], text_in(chat.title or "")
    )


def _message_id(message: MaybeInaccessibleMessage) -> MessageId:
    return MessageId(id_in(message.message_id))
