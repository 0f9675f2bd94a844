"""What admins offer to subscribe to."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.registry import never
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import audit, topics
from bot.services.members import Role
from bot.services.topics import Topic
from bot.text.document import Button

router = Router()

_NEW = frozenset({"neu", "new", "add"})
_RENAME = frozenset({"umbenennen", "rename"})
_RETIRE = frozenset({"loeschen", "delete", "remove"})


@router.command(de="thema", en="topic", about="command-topic", role=Role.ADMIN, bare=never)
async def manage(command: Command, context: Context) -> Reply:
    """Offer, rename or no longer offer a topic."""
    action, _, rest = command.argument.partition(" ")
    action, rest = fold(action), rest.strip()
    if not rest or action not in _NEW | _RENAME | _RETIRE:
        raise UserError("topic-usage")
    if action in _RENAME:
        old, renamed = await topics.rename(context.session, rest)
        await _note("topic-renamed", renamed, context, old=old, new=renamed.name_de)
        return context.say("topic-renamed", old=old, new=renamed.name_de, english=renamed.name_en)
    if action in _NEW:
        new = await topics.create(context.session, rest, now=context.now)
        await _note("topic-created", new, context, topic=new.name_de)
        return context.say("topic-created", topic=new.name_de, english=new.name_en)
    topic = await topics.exact(context.session, rest)
    count = await topics.subscribers(context.session, topic)
    yes = Button(label=context.text("topic-retire"), value=f"topic-retire:{topic.id}")
    no = Button(label=context.text("topic-keep"), value=f"topic-keep:{topic.id}")
    question = context.say("topic-retire-sure", topic=topic.name_de, count=count)
    return question.with_buttons([yes, no])


@router.button("topic-retire", role=Role.ADMIN)
async def retire(rest: str, context: Context) -> Reply:
    """No longer offer the topic; *rest* is its number."""
    topic = await topics.by_id(context.session, int(rest)) if rest.isdecimal() else None
    if topic is None:
        return context.say("button-gone")
    count = await topics.retire(
        context.session, topic, member_id=context.member.id, now=context.now
    )
    await _note("topic-retired", topic, context, topic=topic.name_de, count=count)
    return Edit(context.say("topic-retired", topic=topic.name_de, count=count))


@router.button("topic-keep", role=Role.ADMIN)
async def keep(rest: str, context: Context) -> Reply:
    """Leave the topic as it is; *rest* is its number."""
    topic = await topics.by_id(context.session, int(rest)) if rest.isdecimal() else None
    if topic is None:
        return context.say("button-gone")
    return Edit(context.say("topic-kept", topic=topic.name_de))


async def _note(action: str, about: Topic, context: Context, **details: str | int) -> None:
    await audit.note(
        context.session,
        action=action,
        subject=f"topic:{about.id}",
        member_id=context.member.id,
        now=context.now,
        **details,
    )
