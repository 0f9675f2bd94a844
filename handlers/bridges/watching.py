"""How a bridge stands, what stays on its own network, and taking back what was mirrored."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import bridge_locks, bridge_withdrawing, bridges, topics
from bot.services.bridges import DIRECTIONS, State
from bot.services.members import Role
from bot.text.document import Document

router = Router()

_SWITCHES = {"an": True, "ein": True, "on": True, "aus": False, "off": False}
_TOPIC = frozenset({"thema", "topic"})


@router.command(de="bruecke", en="bridge_state", about="command-bridge-state", where=ChatKind.ROOM)
async def state(_command: Command, context: Context) -> Reply:
    """Show how the chats of this bridge stand."""
    known = await bridges.states(context.session, address=context.chat.address, now=context.now)
    shown = context.say("bridge-state")
    for one in known:
        shown += _line(one, context)
    return shown


def _line(one: State, context: Context) -> Document:
    line = context.say(
        "bridge-state-line",
        room=one.name,
        network=one.network.title(),
        direction=context.text(DIRECTIONS[one.direction]),
        waiting=one.waiting,
        seconds=int(one.lag.total_seconds()),
    )
    if one.paused:
        line += context.say("bridge-state-paused")
    if one.opened:
        line += context.say("bridge-state-opened")
    if one.error:
        line += context.say("bridge-state-error", error=one.error)
    return line


@router.command(
    "eigenes_netz", de="eigenesnetz", en="own_network", about="command-own-network",
    role=Role.MODERATOR, where=ChatKind.ROOM, bare=never,
)  # fmt: skip
async def lock(command: Command, context: Context) -> Reply:
    """Keep what is said here, or what is announced on a topic, on its own network."""
    what, _, rest = command.argument.rpartition(" ")
    on = _SWITCHES.get(fold(rest))
    if on is None:
        raise UserError("own-network-usage", command=context.prefix + "eigenesnetz")
    kind, _, name = what.strip().partition(" ")
    if fold(kind) in _TOPIC and name.strip():
        return await _lock_topic(name.strip(), context, on=on)
    if what or context.chat.kind is not ChatKind.ROOM:
        raise UserError("own-network-usage", command=context.prefix + "eigenesnetz")
    await bridge_locks.set_chat(
        context.session,
        chat=context.chat,
        on=on,
        member_id=context.member.id,
        now=context.now,
    )
    return context.say("own-network-on" if on else "own-network-off")


async def _lock_topic(name: str, context: Context, *, on: bool) -> Document:
    context.require(Role.ADMIN)
    topic = await topics.exact(context.session, name)
    await bridge_locks.set_topic(
        context.session, topic=topic, on=on, member_id=context.member.id, now=context.now
    )
    return context.say(
        "own-network-topic-on" if on else "own-network-topic-off", topic=topic.name_de
    )


@router.command(
    de="loeschen", en="delete", about="command-bridge-delete", standing=True,
    where=ChatKind.ROOM, bare=never,
)  # fmt: skip
async def take_back(_command: Command, context: Context) -> Reply:
    """Delete the copies of the message that this one replies to, for Telegram never tells."""
    if context.reply_to is None:
        raise UserError("bridge-delete-usage", command=context.prefix + "loeschen")
    count = await bridge_withdrawing.take_back(
        context.session,
        address=context.chat.address,
        message=context.reply_to,
        by=str(context.message),
        member_id=context.member.id,
        moderates=context.member.may(Role.MODERATOR),
        now=context.now,
    )
    return context.say("bridge-deleted", count=count)
