"""Methods about chats, their members, topics, pins and reactions."""

from __future__ import annotations

from typing import Any, Final

from tests.servers.telegram.access import Request
from tests.servers.telegram.chats import LEADING, PRESENT, Chat, Member, Topic
from tests.servers.telegram.errors import bad_request
from tests.servers.telegram.render import chat_json, member_json, message_json
from tests.servers.telegram.routing import my_standing_changed
from tests.servers.telegram.sending import service_message

REACTIONS: Final = frozenset(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡"
)
COLOURS: Final = frozenset({7322096, 16766590, 13338331, 9367192, 16749490, 16478047})


def get_chat(request: Request) -> Any:
    chat = request.readable_chat()
    answer = {
        **chat_json(chat),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }
    pinned = chat.alive(chat.pinned[-1]) if chat.pinned else None
    if pinned is not None:
        answer["pinned_message"] = message_json(chat, pinned, with_reply=False)
    return answer


def _group(request: Request, complaint: str) -> Chat:
    chat = request.readable_chat()
    if chat.type == "private":
        raise bad_request(complaint)
    return chat


def get_chat_member(request: Request) -> Any:
    chat = request.readable_chat()
    user_id = request.params.integer("user_id") or 0
    if chat.user is not None:
        if user_id == request.bot.id:
            return member_json(chat, Member(request.bot))
        if user_id == chat.id:
            return member_json(chat, Member(chat.user))
        raise bad_request("member not found")
    member = chat.members.get(user_id)
    if member is not None:
        return member_json(chat, member)
    user = request.world.users.get(user_id)
    if user is None:
        raise bad_request("member not found")
    return member_json(chat, Member(user, "left"))


def get_chat_administrators(request: Request) -> Any:
    chat = _group(request, "there are no administrators in the private chat")
    return [member_json(chat, member) for member in chat.members.values() if _leads(member)]


def _leads(member: Member) -> bool:
    return member.status in LEADING


def get_chat_member_count(request: Request) -> Any:
    chat = request.readable_chat()
    if chat.type == "private":
        return 2
    return sum(member.status in PRESENT for member in chat.members.values())


def leave_chat(request: Request) -> Any:
    chat = _group(request, "chat member status can't be changed in private chats")
    member = request.member(chat)
    before, member.status = member.status, "left"
    now = request.world.now()
    my_standing_changed(chat, request.bot, request.bot, (before, "left"), now)
    service_message(request, chat, {"left_chat_member": request.bot.json()})
    return True


def set_message_reaction(request: Request) -> Any:
    chat = request.readable_chat()
    message = request.message(chat, "react")
    reactions = request.params.array("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    for reaction in reactions:
        emoji = reaction.get("emoji", "").rstrip("\ufe0f") if isinstance(reaction, dict) else ""
        if reaction.get("type") != "emoji" or emoji[:1] not in REACTIONS:
            raise bad_request("REACTION_INVALID")
    message.reactions[request.bot.id] = reactions
    return True


def _check_pinning(request: Request, chat: Chat) -> None:
    if chat.type == "private":
        return
    right = "can_edit_messages" if chat.type == "channel" else "can_pin_messages"
    if not request.member(chat).may(right):
        raise bad_request("not enough rights to manage pinned messages in the chat")


def pin_chat_message(request: Request) -> Any:
    chat = request.readable_chat()
    message = request.message(chat, "pin")
    _check_pinning(request, chat)
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    chat.pinned.append(message.id)
    shown = message_json(chat, message, with_reply=False)
    service_message(request, chat, {"pinned_message": shown}, message.thread)
    return True


def unpin_chat_message(request: Request) -> Any:
    chat = request.readable_chat()
    _check_pinning(request, chat)
    message_id = request.params.integer("message_id") or (chat.pinned or [0])[-1]
    if message_id not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(message_id)
    return True


def _forum(request: Request, complaint: str) -> Chat:
    chat = request.readable_chat()
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    if not request.member(chat).may("can_manage_topics"):
        raise bad_request(complaint)
    return chat


def _topic(request: Request, chat: Chat) -> Topic:
    topic = chat.topics.get(request.params.integer("message_thread_id") or 0)
    if topic is None:
        raise bad_request("message thread not found")
    return topic


def create_forum_topic(request: Request) -> Any:
    chat = _forum(request, "not enough rights to create a topic")
    name = (request.params.text("name") or "").strip()
    if not 1 <= len(name) <= 128:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    colour = request.params.integer("icon_color") or 7322096
    if colour not in COLOURS:
        raise bad_request("invalid icon color specified")
    created = {"name": name, "icon_color": colour}
    message = service_message(request, chat, {"forum_topic_created": created})
    message.thread = message.id
    chat.topics[message.id] = Topic(message.id, name, colour)
    return {"message_thread_id": message.id, **created}


def _switch_topic(request: Request, *, closed: bool) -> Any:
    chat = _forum(request, "not enough rights to manage topics")
    topic = _topic(request, chat)
    if topic.closed is closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    kind = "forum_topic_closed" if closed else "forum_topic_reopened"
    service_message(request, chat, {kind: {}}, topic.id)
    return True


def close_forum_topic(request: Request) -> Any:
    return _switch_topic(request, closed=True)


def reopen_forum_topic(request: Request) -> Any:
    return _switch_topic(request, closed=False)


METHODS = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "setMessageReaction": set_message_reaction,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "createForumTopic": create_forum_topic,
    "closeForumTopic": close_forum_topic,
    "reopenForumTopic": reopen_forum_topic,
}
