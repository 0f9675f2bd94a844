"""Connecting and disconnecting chats."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import bridges
from bot.services.bridges import Direction, Wish
from bot.services.members import Role

router = Router()

_DIRECTIONS = {
    "beide": Direction.BOTH,
    "both": Direction.BOTH,
    "rein": Direction.IN,
    "in": Direction.IN,
    "raus": Direction.OUT,
    "out": Direction.OUT,
}
_YES = frozenset({"unverschluesselt", "unencrypted"})


@router.command(
    de="verbinden", en="bridge", about="command-bridge", role=Role.MODERATOR,
    where=ChatKind.ROOM, bare=never,
)  # fmt: skip
async def connect(command: Command, context: Context) -> Reply:
    """Give a code for this chat, or connect it with the chat of a code."""
    if not context.settings.bridges.enabled:
        raise UserError("bridge-off")
    wish, code = _read(command.argument, context)
    if not code:
        made = await bridges.make_code(context.session, wish, now=context.now)
        return context.say("bridge-code", code=made, command=context.typed(_me(context)))
    return await _enter(code, wish, context)


async def _enter(code: str, wish: Wish, context: Context) -> Reply:
    session, now = context.session, context.now
    if not await bridges.is_patient(session, member_id=wish.member_id, now=now):
        raise UserError("bridge-too-often")
    member = await bridges.connect(session, wish, code=code, now=now)
    if member is None:
        return context.say("bridge-code-wrong", command=context.typed(_me(context)))
    language = context.settings.hub.language
    await bridges.tell_rules(session, member, language=language, now=now)
    return None


def _read(argument: str, context: Context) -> tuple[Wish, str]:
    """Read a direction, a consent and a code, in any order."""
    direction, confirmed, code = Direction.BOTH, False, ""
    for word in argument.split():
        known = fold(word)
        if known in _DIRECTIONS:
            direction = _DIRECTIONS[known]
        elif known in _YES:
            confirmed = True
        else:
            code += word
    return Wish(context.chat, direction, confirmed, context.member.id), code


@router.command(
    de="trennen", en="unbridge", about="command-unbridge", role=Role.MODERATOR,
    where=ChatKind.ROOM,
)  # fmt: skip
async def part(command: Command, context: Context) -> Reply:
    """Disconnect this chat."""
    if command.argument:
        raise UserError("bridge-part-usage")
    session, now = context.session, context.now
    others = await bridges.part(
        session, address=context.chat.address, member_id=context.member.id, now=now
    )
    await bridges.tell(
        session,
        others,
        "bridge-parted",
        key=f"parted:{context.chat.address}:{int(now.timestamp())}",
        now=now,
        language=context.settings.hub.language,
        room=context.chat.title or context.chat.address.chat,
    )
    return context.say("bridge-parted-here")


def _me(context: Context) -> str:
    return "bridge" if context.language == "en" else "verbinden"
