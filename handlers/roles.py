"""Roles: one's own, and those that admins give."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import audit, roles
from bot.services.members import GRANTED, Role
from bot.services.roles import NAMES, Holder
from bot.text.document import Document, Listing, Span

router = Router()

_REVOKE = frozenset({"entziehen", "wegnehmen", "revoke", "remove"})


@router.command(de="rollen", en="roles", about="command-roles")
async def show(_command: Command, context: Context) -> Reply:
    """Tell one's own account and roles; admins, alone with the bot, everybody's."""
    member = context.member
    accounts = await roles.accounts_of(context.session, member_id=member.id)
    held = [context.text("role-admin")] if Role.ADMIN in member.roles else []
    held += [context.text(NAMES[role]) for role in GRANTED if role in member.roles]
    own = context.say(
        "roles-own",
        accounts=", ".join(accounts),
        roles=", ".join(held) or context.text("roles-none"),
    )
    if context.is_direct and member.may(Role.ADMIN):
        return own + await _everybody(context)
    return own


async def _everybody(context: Context) -> Document:
    holders = await roles.holders(context.session)
    give = context.say("roles-give", command=_typed(context))
    if not holders:
        return context.say("roles-nobody") + give
    items = tuple((Span(text=_line(one, context)),) for one in holders)
    return context.say("roles-title") + Document.of(Listing(items=items)) + give


def _line(holder: Holder, context: Context) -> str:
    return context.text(
        "roles-line",
        person=" ".join(holder.name.split()) or "–",
        accounts=", ".join(holder.accounts),
        roles=", ".join(context.text(NAMES[role]) for role in holder.roles),
    )


def _typed(context: Context) -> str:
    return context.prefix + ("role" if context.language == "en" else "rolle")


@router.command(de="rolle", en="role", about="command-role", role=Role.ADMIN, bare=never)
async def decide(command: Command, context: Context) -> Reply:
    """Give a role to somebody, or take it: ``account role`` or ``entziehen account role``."""
    first, _, rest = command.argument.partition(" ")
    taking = fold(first) in _REVOKE
    account, _, name = (rest if taking else command.argument).strip().rpartition(" ")
    if not account:
        raise UserError("role-usage", command=_typed(context))
    role = roles.read_role(name)
    if taking:
        who = await roles.revoke(context.session, account=account, role=role)
    else:
        who = await roles.grant(
            context.session, admin=context.member.id, account=account, role=role, now=context.now
        )
    return await _done(who, role, context, given=not taking)


async def _done(who: Holder, role: Role, context: Context, *, given: bool) -> Document:
    """Write it down, tell the person, and tell the admin whether that was possible."""
    number = await audit.note(
        context.session,
        action="role-granted" if given else "role-revoked",
        subject=f"member:{who.member_id}",
        member_id=context.member.id,
        now=context.now,
        account=who.accounts[0],
        role=role.value,
    )
    reply = context.say(
        "role-granted" if given else "role-revoked",
        account=who.accounts[0],
        role=context.text(NAMES[role]),
    )
    told = who.member_id == context.member.id or await roles.inform(
        context.session,
        member_id=who.member_id,
        role=role,
        given=given,
        key=f"audit:{number}",
        settings=context.settings,
        now=context.now,
    )
    return reply if told else reply + context.say("role-untold")
