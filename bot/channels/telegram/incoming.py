"""From Telegram's updates to what crosses the port.

Source: https://core.telegram.org/bots/api#update
"""

from datetime import datetime

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberOwner,
    ChatMemberRestricted,
    ChatMemberUpdated,
    MaybeInaccessibleMessage,
    Message,
    Update,
    User,
)
from telegram import Chat as TelegramChat

from bot.channels.telegram.addressing import Account, answered, read
from bot.channels.telegram.payload import is_integer
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
    MessageId,
    Sender,
)

NAME = "telegram"
"""The channel's name in addresses."""

ALLOWED_UPDATES = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
"""What Telegram is asked for; everything else would only cost requests."""

_KINDS = {
    TelegramChat.PRIVATE: ChatKind.DIRECT,
    TelegramChat.GROUP: ChatKind.ROOM,
    TelegramChat.SUPERGROUP: ChatKind.ROOM,
    TelegramChat.CHANNEL: ChatKind.BROADCAST,
}


def translate(update: Update, account: Account, clock: Clock) -> Incoming | None:
    """Return what *update* tells; ``None`` for what is never answered.

    Edits, service messages, other bots, people who speak as a channel, and automatic forwards of
    a linked channel's posts are never answered.
    """
    event_id = f"u{update.update_id}"
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
    sender = _author(message)
    reading = read(message, account)
    if sender is None or reading is None:
        return None
    chat = _chat(message)
    direct = chat.kind is ChatKind.DIRECT
    if reading.foreign and not direct:
        return None
    other = answered(message)
    return IncomingMessage(
        id=event_id,
        message=_message_id(message),
        chat=chat,
        sender=sender,
        text=reading.text,
        addressed=direct or reading.addressed,
        sent_at=_instant(message.date),
        reply_to=None if other is None else _message_id(other),
        file=_file(message),
    )


def _file(message: Message) -> IncomingFile | None:
    """Return the photo, of which Telegram keeps several sizes and no name, or the document.

    Source: https://core.telegram.org/bots/api#photosize
    """
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return IncomingFile(_text(largest.file_id), "", "image/jpeg", _size(largest.file_size))
    document = message.document
    if document is None:
        return None
    return IncomingFile(
        _text(document.file_id),
        _text(document.file_name or ""),
        _text(document.mime_type or ""),
        _size(document.file_size),
    )


def _size(value: object) -> int | None:
    return value if is_integer(value) and value >= 0 else None


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
    language = None if user.language_code is None else _text(user.language_code)
    return Sender(Identity(NAME, _id(user.id)), _text(user.full_name), language)


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
        value=_text(query.data),
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
        sent_at=_instant(update.date),
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
        sent_at=_instant(message.date),
        moved_to=_id(new_id),
        sender=_person(message.from_user),
    )


def _chat(message: MaybeInaccessibleMessage) -> Chat:
    # Outside of forums message_thread_id only names a chain of replies.
    in_topic = isinstance(message, Message) and message.is_topic_message
    thread = message.message_thread_id if isinstance(message, Message) and in_topic else None
    return _place(message.chat, None if thread is None else _id(thread))


def _place(chat: TelegramChat, thread: str | None = None) -> Chat:
    return Chat(Address(NAME, _id(chat.id), thread), _KINDS[chat.type], _text(chat.title or ""))


def _message_id(message: MaybeInaccessibleMessage) -> MessageId:
    return MessageId(_id(message.message_id))


# PTB does not look at what stands in a field, and beyond the port nobody asks again.


def _id(value: object) -> str:
    if not is_integer(value):
        raise TypeError("no id of Telegram's")
    return str(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError("no instant")
    return value
