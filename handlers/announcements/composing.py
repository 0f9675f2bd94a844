"""Writing an announcement: in a few guided steps, or in one line."""

import re
from typing import Any

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import announcements, files, targeting
from bot.services.announcements import Announcement
from bot.services.members import Role
from bot.services.targeting import Wanted
from bot.text.document import Attachment, Document
from handlers.announcements import releasing, steering
from handlers.announcements.asking import SUBJECT, ask, stop_asking
from handlers.announcements.previewing import actor, preview
from handlers.announcements.targets import board

router = Router()

_ONE_LINE = re.compile(r"([^:\n]*?(?:https?://)?[^:\n]*):\s+(.+)", re.DOTALL)
_NUMBER = re.compile(r"(?:nr\.?\s*)?([0-9]{1,15})", re.IGNORECASE)


@router.command(
    "ankuendigen", de="ankuendigung", en="announce", about="command-announce",
    role=Role.ANNOUNCER, where=ChatKind.DIRECT,
    bare=lambda argument: bool(_NUMBER.fullmatch(argument)),
)  # fmt: skip
async def announce(command: Command, context: Context) -> Reply:
    """Begin an announcement, write one in one line, or look at one."""
    if not context.is_direct:
        raise UserError("announcement-direct")
    if found := _NUMBER.fullmatch(command.argument):
        row = await announcements.find(context.session, int(found[1]))
        return await steering.shown(row, context)
    if command.argument:
        return await _in_one_line(command.argument, context)
    await ask(context, step="text")
    return context.say("announcement-ask-text")


async def _in_one_line(text: str, context: Context) -> Document:
    found = _ONE_LINE.fullmatch(text)
    if found is None:
        raise UserError("announcement-usage", prefix=context.prefix)
    wanted = await targeting.read(context.session, found[1])
    row = await _draft(found[2], wanted, context)
    return await preview(row, context)


async def _draft(text: str, wanted: Wanted, context: Context) -> Announcement:
    return await announcements.draft(
        context.session,
        actor(context),
        texts=announcements.read_texts(text, context.language),
        attachment=await _attached(context),
        wanted=wanted,
    )


async def _attached(context: Context) -> Attachment | None:
    if context.upload is None:
        return None
    upload = context.upload
    return await files.keep(
        context.session,
        name=upload.name,
        mime=upload.mime,
        content=upload.content,
        now=context.now,
    )


@router.dialog(SUBJECT)
async def answered(text: str, content: Any, context: Context) -> Reply:
    """Take the answer to what was asked."""
    context.require(Role.ANNOUNCER)
    number = int(content["number"])
    match content["step"]:
        case "text":
            row = await _draft(text, Wanted(), context)
            await ask(context, step="audience", number=row.id)
            return await board(row, context)
        case "audience":
            row = await announcements.editable(context.session, number)
            row.audience = (await targeting.read(context.session, text)).stored()
            await stop_asking(context)
            return await preview(row, context)
        case "rewrite":
            row = await announcements.editable(context.session, number)
            row.texts = announcements.read_texts(text, row.language)
            if context.upload is not None:
                attachment = await _attached(context)
                row.attachment = attachment.model_dump(mode="json") if attachment else None
            await stop_asking(context)
            return await preview(row, context)
        case "time":
            reply = await releasing.at(number, text, context)
            await stop_asking(context)
            return reply
        case _:
            return await steering.rewritten(number, text, context)
