"""Connecting and disconnecting chats."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import Glance, never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import bridge_connecting, bridge_notices, bridge_requests, bridges
from bot.services.bridge_connecting import Wish
from bot.services.bridge_rights import Point
from bot.services.bridges import Direction
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


async def _entering(glance: Glance) -> list[Point]:
    """Tell whose right in the chat of a code matters when it is entered."""
    _, _, code = _read(glance.rest)
    return await bridge_connecting.concerned(
        glance.session, code=code, who=glance.who, now=glance.now
    )


@router.command(
    de="verbinden", en="bridge", about="command-bridge", role=Role.MODERATOR,
    where=ChatKind.ROOM, bare=never, elsewhere=_entering,
)  # fmt: skip
async def connect(command: Command, context: Context) -> Reply:
    """Give a code for this chat, or connect it with the chat of a code."""
    _require_enabled(context)
    direction, confirmed, code = _read(command.argument)
    wish = Wish(context.chat, direction, confirmed, context.member.id)
    if code:
        return await _enter(code, wish, context)
    made = await bridge_connecting.make_code(context.session, wish, now=context.now)
    return context.say("bridge-code", code=made, command=context.typed(_me(context)))


def _require_enabled(context: Context) -> None:
    if not context.settings.bridges.enabled:
        raise UserError("bridge-off")


async def _enter(code: str, wish: Wish, context: Context) -> Reply:
    session, now = context.session, context.now
    if not await bridge_connecting.is_patient(session, member_id=wish.member_id, now=now):
        raise UserError("bridge-too-often")
    entered = await bridge_connecting.enter(
        session, wish, code=code, rights=context.rights, settings=context.settings, now=now
    )
    if entered is None:
        return context.say("bridge-code-wrong", command=context.typed(_me(context)))
    language = context.settings.hub.language
    if entered.asked is not None:
        await bridge_requests.tell(session, entered.asked, language=language, now=now)
        return context.say("bridge-request-sent", room=entered.first)
    if entered.member is not None:
        await bridge_notices.tell_rules(session, entered.member, language=language, now=now)
    return None


def _read(argument: str) -> tuple[Direction, bool, str]:
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
    return direction, confirmed, code


# What the first side answers


async def _agreeing(glance: Glance) -> list[Point]:
    """Tell whose right in the chat that wants to join matters when this one agrees."""
    number = _number(glance.rest)
    return await bridge_requests.concerned(glance.session, number=number)


def _number(rest: str) -> int:
    _, _, number = rest.partition(":")
    return int(number) if number.isascii() and number.isdecimal() else 0


@router.button("bridge", role=Role.MODERATOR, elsewhere=_agreeing)
async def answer(rest: str, context: Context) -> Reply:
    """Let the chat that asks join, or not; *rest* is ``yes:number`` or ``no:number``."""
    _require_enabled(context)
    session, now, language = context.session, context.now, context.settings.hub.language
    number = _number(rest)
    if not rest.startswith("yes:"):
        room = await bridge_requests.refuse(
            session, number=number, chat=context.chat, language=language, now=now
        )
        return Edit(context.say("bridge-request-refused", room=room))
    member = await bridge_requests.agree(
        session,
        number=number,
        chat=context.chat,
        member_id=context.member.id,
        rights=context.rights,
        settings=context.settings,
        now=now,
    )
    await bridge_notices.tell_rules(session, member, language=language, now=now)
    return Edit(context.say("bridge-request-agreed", room=bridges.named(member)))


@router.command(
    de="trennen", en="unbridge", about="command-unbridge", role=Role.MODERATOR,
    where=ChatKind.ROOM,
)  # fmt: skip
async def part(command: Command, context: Context) -> Reply:
    """Disconnect this chat."""
    if command.argument:
        raise UserError("bridge-part-usage")
    session, now = context.session, context.now
    others = await bridge_notices.part(
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
