"""Linked people: one's accounts on two networks become one member, and two again."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import link_telling, linking
from bot.services.announcement_words import network
from bot.services.linking import Asked, Entered, Joined, Linked
from bot.services.roles import NAMES
from bot.text.dates import format_full_date
from bot.text.document import Button, Document
from bot.timing.times import echo

router = Router()

_URGENT = frozenset({"eilig", "eiliges", "urgent"})
_BOTH = frozenset({"beide", "beiden", "an", "both", "on"})
_ONE = frozenset({"eins", "einem", "aus", "one", "off"})
_REFUSALS = {
    Entered.UNKNOWN: "link-code-unknown",
    Entered.OWN: "link-code-own",
    Entered.SAME_NETWORK: "link-code-same-network",
    Entered.LINKED: "link-code-linked",
}


@router.command(
    de="verknuepfen", en="link", about="command-link", where=ChatKind.DIRECT, bare=never
)
async def link(command: Command, context: Context) -> Reply:
    """Give a code, take one, or tell how the accounts are linked."""
    if not context.is_direct:
        return await _in_public(command, context)
    if command.argument:
        return await _entered(command.argument, context)
    found = await _found(context)
    return _state(found, context) if found else await _offered(context)


@router.payload("link")
async def followed(code: str, context: Context) -> Reply:
    """Take the code of an address that was tapped."""
    return await _entered(code, context) if context.is_direct else None


async def _in_public(command: Command, context: Context) -> Reply:
    """Let a code hold no more that everybody here has read."""
    if not command.argument:
        raise UserError("link-direct-only", command=_typed(context))
    chat = await linking.expose(context.session, typed=command.argument, now=context.now)
    if chat is None:
        raise UserError("link-direct-only", command=_typed(context))
    await link_telling.tell_exposed(
        context.session, chat, message=f"{context.chat.address.channel}:{context.message}",
        settings=context.settings, now=context.now,
    )  # fmt: skip
    return context.say("link-exposed", command=_typed(context))


async def _offered(context: Context) -> Document:
    code = await linking.offer(
        context.session, member_id=context.member.id, chat=context.chat, now=context.now
    )
    name = "link" if context.language == "en" else "verknuepfen"
    document = context.say(
        "link-code", code=linking.grouped(code), telegram=f"/{name}", matrix=f"!{name}",
        minutes=round(linking.LASTS.total_seconds() / 60),
    )  # fmt: skip
    url = context.opening("telegram", f"link_{code}")
    if url is not None and context.chat.address.channel != "telegram":
        document += context.say("link-address", url=url)
    return document.model_copy(update={"secret": True})


async def _entered(code: str, context: Context) -> Document:
    asked = await linking.enter(
        context.session,
        member_id=context.member.id,
        chat=context.chat,
        typed=code,
        now=context.now,
    )
    if asked.result is Entered.TOO_OFTEN:
        return context.say("link-too-often")
    if asked.asker is None:
        command = _typed(context)
        return context.say(_REFUSALS[asked.result], command=command, part=_parting(context))
    return _question(asked, context)


def _question(asked: Asked, context: Context) -> Document:
    if asked.asker is None:
        return context.say("link-question-gone")
    yes = context.button("link-yes", f"link:yes:{asked.number}")
    no = context.button("link-no", f"link:no:{asked.number}")
    question = context.say(
        "link-question", asker=asked.asker.shown, network=network(asked.asker.channel)
    )
    return question.with_buttons([yes, no])


# The buttons


@router.button("link")
async def pressed(rest: str, context: Context) -> Reply:
    """Do what a button says: ``yes:number``, ``no:number``, ``state``, ``net:…`` or ``part``."""
    if not context.is_direct:
        return context.say("button-gone")
    verb, _, what = rest.partition(":")
    match verb:
        case "yes" | "no" if what.isascii() and what.isdecimal():
            return Edit(await _decided(int(what), context, yes=verb == "yes"))
        case "net":
            return Edit(await _chosen(what, context))
        case "state":
            found = await _found(context)
            return Edit(_state(found, context) if found else _unlinked(context))
        case "part":
            return Edit(await _parted(context, f"[{context.text('link-part')}]"))
    return context.say("button-gone")


async def _decided(number: int, context: Context, *, yes: bool) -> Document:
    if not yes:
        chat = await linking.decline(
            context.session, number=number, member_id=context.member.id, now=context.now
        )
        await link_telling.tell_declined(
            context.session, chat, number=number, settings=context.settings, now=context.now
        )
        return context.say("link-declined")
    joined = await linking.join(
        context.session,
        number=number,
        member_id=context.member.id,
        chat=context.chat,
        now=context.now,
    )
    told = await link_telling.tell_joined(
        context.session, joined, settings=context.settings, now=context.now
    )
    return _joined(joined, context, told=told)


def _joined(joined: Joined, context: Context, *, told: bool) -> Document:
    document = context.say(
        "link-done", first=joined.first.shown, network=network(joined.first.channel)
    )
    if joined.topics:
        document += context.say("link-topics", count=joined.topics)
    if joined.roles:
        named = ", ".join(context.text(NAMES[role]) for role in joined.roles)
        document += context.say("link-roles-gained", roles=named)
    if joined.calendar_gone:
        document += context.say("link-calendar-gone")
    if not told:
        document += context.say("link-untold")
    document += context.say("link-hints", network=_choosing(context), part=_parting(context))
    return document.with_buttons([_part(context)])


# The networks on which a linked person is told things


@router.command(
    de="netz", en="network", about="command-network", where=ChatKind.DIRECT, bare=never
)
async def choose_network(command: Command, context: Context) -> Reply:
    """Choose on which network one is told things: ``telegram``, ``eilig beide``."""
    if not context.is_direct:
        raise UserError("link-direct-only", command=_choosing(context))
    if not command.argument:
        found = await _found(context)
        return _state(found, context) if found else _unlinked(context)
    words = fold(command.argument).split()
    if words[0] in _URGENT and len(words) > 1 and words[-1] in _BOTH | _ONE:
        return await _chosen("both" if words[-1] in _BOTH else "one", context)
    found = await _found(context)
    if found is None:
        return _unlinked(context)
    known = {network(one.channel): one.channel for one in (found.mine, found.other)}
    wanted = {fold(name): channel for name, channel in known.items()} | {
        channel: channel for channel in known.values()
    }
    channel = wanted.get(fold(command.argument))
    if channel is None:
        raise UserError(
            "link-network-unknown", typed=echo(command.argument), known=", ".join(sorted(known))
        )
    return await _chosen(channel, context)


async def _chosen(what: str, context: Context) -> Document:
    member = context.member.id
    if what in {"both", "one"}:
        await linking.tell_urgent_on_both(context.session, member_id=member, on=what == "both")
    else:
        await linking.prefer(context.session, member_id=member, channel=what, now=context.now)
    found = await _found(context)
    return _state(found, context) if found else _unlinked(context)


async def _found(context: Context) -> Linked | None:
    return await linking.found(
        context.session, member_id=context.member.id, channel=context.chat.address.channel
    )


def _state(found: Linked, context: Context) -> Document:
    """Say how the accounts are linked, with what can be changed about it."""
    since = found.since.astimezone(context.settings.hub.zone).date()
    other = ({found.mine.channel, found.other.channel} - {found.preferred}).pop()
    document = context.say(
        "link-state",
        other=found.other.shown,
        since=format_full_date(since, context.language),
        preferred=network(found.preferred),
        fallback=network(other),
    )
    document += context.say("urgent-both" if found.urgent_both else "urgent-one")
    switch = Button(
        label=context.text("network-use", network=network(other)), value=f"link:net:{other}"
    )
    urgent = "urgent-use-one" if found.urgent_both else "urgent-use-both"
    value = "link:net:one" if found.urgent_both else "link:net:both"
    buttons = [switch, Button(label=context.text(urgent), value=value)]
    return document.with_buttons(buttons, [_part(context)])


def _unlinked(context: Context) -> Document:
    return context.say("link-none", command=_typed(context))


# Two members again


@router.command(
    de="trennen konto", en="unlink account", about="command-unlink", where=ChatKind.DIRECT
)
async def unlink(command: Command, context: Context) -> Reply:
    """End the link."""
    if not context.is_direct:
        raise UserError("link-direct-only", command=_parting(context))
    return await _parted(context, f"{context.prefix}{command.name} {command.argument}")


async def _parted(context: Context, words: str) -> Document:
    if await _found(context) is None:
        return _unlinked(context)
    parted = await linking.part(
        context.session,
        member_id=context.member.id,
        chat=context.chat,
        words=words,
        now=context.now,
    )
    await link_telling.tell_parted(
        context.session, parted, settings=context.settings, now=context.now
    )
    return context.say(
        "parted", other=parted.other.shown,
        roles=link_telling.held(context.language, parted.roles[parted.here.channel]),
    )  # fmt: skip


def _part(context: Context) -> Button:
    return context.button("link-part", "link:part")


def _typed(context: Context) -> str:
    return context.prefix + ("link" if context.language == "en" else "verknuepfen")


def _parting(context: Context) -> str:
    return context.prefix + ("unlink account" if context.language == "en" else "trennen konto")


def _choosing(context: Context) -> str:
    return context.prefix + ("network" if context.language == "en" else "netz")
