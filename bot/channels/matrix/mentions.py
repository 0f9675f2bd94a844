"""Whether a text is meant for the bot, and what is left of it without the mention. Pure."""

import re
from dataclasses import dataclass

from bot.channels.matrix.json_tree import Tree, text, texts, tree
from bot.channels.matrix.pills import Pill, pills_in

_SEPARATOR = re.compile(r"^[:,]?\s*")
_COMMAND = re.compile(r"![^\W\d_]\w*(?:\s|$)")
"""``!hilfe``, but not ``!!!`` or ``!wichtig: …``, which people say to each other."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody said.

    Attributes:
        text: Without the mention of the bot at its start.
        addressed: Whether the words themselves name the bot, or are a command.
    """

    text: str
    addressed: bool


def without_reply_fallback(body: str) -> str:
    """Cut the quotation that older clients put before a reply.

    Source: https://spec.matrix.org/v1.12/client-server-api/#fallbacks-for-rich-replies
    """
    if not body.startswith("> <@"):
        return body
    lines = body.split("\n")
    rest = next((n for n, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[rest:]).lstrip("\n")


def understand(content: Tree, *, user_id: str, name: str) -> Spoken:
    """Read the content of a message.

    Args:
        content: Of an ``m.room.message`` event.
        user_id: Our account.
        name: Our display name in the room; empty if there is none.

    Source: https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions
    """
    body = text(content, "body")
    if tree(content, "m.relates_to", "m.in_reply_to"):
        body = without_reply_fallback(body)
    body = body.strip()
    pills = pills_in(text(content, "formatted_body"))
    first = next((pill.words for pill in pills[:1] if pill.leads and pill.target == user_id), "")
    mentioned = _mentioned(content, body, pills, user_id)
    words, cut = _cut(body, [first, user_id, f"@{name}" if name else "", name], loosely=mentioned)
    return Spoken(words, addressed=mentioned or cut or _COMMAND.match(words) is not None)


def _mentioned(content: Tree, body: str, pills: list[Pill], user_id: str) -> bool:
    if isinstance(content.get("m.mentions"), dict):
        return user_id in texts(content, "m.mentions", "user_ids")
    # Clients older than Matrix 1.7 mention with a pill or by writing the user id.
    return any(pill.target == user_id for pill in pills) or user_id in body


def _cut(body: str, names: list[str], *, loosely: bool) -> tuple[str, bool]:
    """Cut the first of *names* that *body* begins with.

    A bare display name counts only before a colon or comma, unless *loosely*: "Stadtfunk is
    down" is about the bot, "Stadtfunk: hello" is to it.
    """
    for name in filter(None, names):
        rest = body[len(name) :]
        if body[: len(name)].casefold() != name.casefold():
            continue
        marked = rest[:1] in {":", ","}
        ended = not rest or rest[0].isspace()
        if marked or (ended and (loosely or name.startswith("@"))):
            return _SEPARATOR.sub("", rest), True
    return body, False
