"""What is kept, who is responsible, and what people may ask of that: to see it, to end it."""

import re
from datetime import UTC, datetime, timedelta

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Farewell, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import calendars, disclosure, erasure, retention
from bot.services.erasure import Outlook
from bot.text.document import Button, Document, Listing, Span

router = Router()

_ALL = {"alles", "ganz", "tabelle", "all", "everything", "table"}
_ASKED_FOR = timedelta(hours=1)
"""How long the question whether to erase everything may be answered."""
_ANSWER = re.compile(r"yes:([0-9]{1,15}):([0-9]{1,15})")


def _is_all(argument: str) -> bool:
    return not argument or fold(argument) in _ALL


@router.command(de="datenschutz", en="privacy", about="command-privacy", bare=_is_all)
async def privacy(command: Command, context: Context) -> Reply:
    """Tell what is kept and for how long, from the configuration in force."""
    if fold(command.argument) in _ALL:
        return _table(context)
    settings, hub = context.settings, context.settings.hub
    document = context.say(
        "privacy",
        days=settings.knowledge.keep_questions.days,
        sent=settings.delivery.keep_sent.days,
        audit=settings.audit.keep.days,
        consents=settings.privacy.keep_consents.days,
        inactive=settings.privacy.keep_inactive.days,
        forget=_typed(context, "projekt vergessen", "project forget"),
        mine=_typed(context, *_MINE),
        erase=_typed(context, *_ERASE),
        operator=hub.operator or context.text("operator-unknown"),
    )
    if calendars.is_served(settings):
        command_ = _typed(context, "kalender", "calendar")
        document += context.say("privacy-calendar", command=command_)
    document += context.say(
        "privacy-linked",
        command=_typed(context, "verknuepfen", "link"),
        part=_typed(context, "trennen konto", "unlink account"),
    )
    if settings.bridges.enabled:
        document += context.say("privacy-bridges", days=settings.bridges.keep_map.days)
    if hub.privacy_url is not None:
        document += context.say("privacy-more", url=str(hub.privacy_url))
    return document.with_buttons([context.button("privacy-all", "privacy:all")])


@router.button("privacy")
async def show_table(_rest: str, context: Context) -> Reply:
    """Tell all of it, as a new message."""
    return _table(context)


def _table(context: Context) -> Document:
    rows = retention.everything(context.language, context.settings)
    items = tuple((Span(text=one.what, bold=True), Span(text=f": {one.how_long}")) for one in rows)
    table = context.say("privacy-table") + Document.of(Listing(items=items))
    return table + context.say("privacy-not", erase=_typed(context, *_ERASE))


@router.command(de="impressum", en="imprint", about="command-imprint")
async def imprint(_command: Command, context: Context) -> Reply:
    """Tell who runs the bot."""
    hub = context.settings.hub
    if not hub.operator:
        return context.say("imprint-missing")
    document = context.say("imprint", hub=hub.name, operator=hub.operator)
    if hub.operator_url is None:
        return document
    return document + context.say("imprint-url", url=str(hub.operator_url))


_MINE = "meine_daten", "my_data"
_ERASE = "loeschen_alles", "erase_everything"


def _typed(context: Context, german: str, english: str) -> str:
    return context.prefix + (english if context.language == "en" else german)


def _must_be_direct(context: Context, german: str, english: str) -> None:
    """Make sure that nobody reads along.

    Raises:
        UserError: Others may.
    """
    if not context.is_direct:
        raise UserError("direct-only", command=_typed(context, german, english))


@router.command(
    "meinedaten", "mydata", de="meine_daten", en="my_data", about="command-my-data",
    where=ChatKind.DIRECT,
)  # fmt: skip
async def my_data(_command: Command, context: Context) -> Reply:
    """Show everything that is held about who asks, and give it as a file."""
    _must_be_direct(context, *_MINE)
    settings, session = context.settings, context.session
    found = await disclosure.gather(session, member_id=context.member.id)
    file = await disclosure.attach(
        session, found, context.language, settings=settings, now=context.now
    )
    words = context.say("my-data") + disclosure.readable(
        found, context.language, settings=settings
    )
    words += context.say("my-data-end", erase=_typed(context, *_ERASE))
    return words.model_copy(update={"attachment": file, "secret": True})


@router.command(
    "loeschenalles", "eraseeverything", de="loeschen_alles", en="erase_everything",
    about="command-erase", where=ChatKind.DIRECT,
)  # fmt: skip
async def ask_to_erase(_command: Command, context: Context) -> Reply:
    """Say what erasing everything means, and ask whether that is wanted."""
    _must_be_direct(context, *_ERASE)
    outlook = await erasure.outlook(
        context.session, member_id=context.member.id, settings=context.settings
    )
    until = int((context.now + _ASKED_FOR).timestamp())
    yes = Button(label=context.text("erase-yes"), value=f"erase:yes:{context.member.id}:{until}")
    question = _outlook(outlook, context) + context.say("erase-ask", mine=_typed(context, *_MINE))
    return question.with_buttons([yes, context.button("erase-no", "erase:no")])


def _outlook(outlook: Outlook, context: Context) -> Document:
    lines = [
        context.text(name, count=count)
        for name, count in (
            ("erase-subscriptions", outlook.subscriptions),
            ("erase-questions", outlook.questions),
            ("erase-waiting", outlook.waiting),
            ("erase-roles", outlook.roles),
            ("erase-drafts", outlook.drafts),
            ("erase-released", outlook.released),
        )
        if count
    ]
    document = context.say("erase-what")
    if lines:
        items = tuple((Span(text=line),) for line in lines)
        document += Document.of(Listing(items=items))
    document += context.say("erase-stays")
    if outlook.configured:
        accounts = ", ".join(outlook.configured)
        document += context.say("erase-configured", accounts=accounts)
    return document


@router.button("erase")
async def erase(rest: str, context: Context) -> Reply:
    """Erase everything about who pressed, or nothing.

    Raises:
        UserError: The question is too old, or was put to somebody else.
    """
    if rest == "no":
        return Edit(context.say("erase-kept"))
    found = _ANSWER.fullmatch(rest)
    if found is None or int(found[1]) != context.member.id or not context.is_direct:
        raise UserError("erase-elsewhere", command=_typed(context, *_ERASE))
    if datetime.fromtimestamp(int(found[2]), UTC) < context.now:
        raise UserError("erase-late", command=_typed(context, *_ERASE))
    session, settings = context.session, context.settings
    outlook = await erasure.outlook(session, member_id=context.member.id, settings=settings)
    await erasure.erase(session, member_id=context.member.id, settings=settings, now=context.now)
    farewell = context.say("erase-done")
    if outlook.configured:
        # Their account is not repeated: this message shall leave nothing behind.
        farewell += context.say("erase-done-configured")
    return Farewell(farewell)
