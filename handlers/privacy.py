"""What is kept, and who is responsible."""

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.services import calendars

router = Router()


@router.command(de="datenschutz", en="privacy", about="command-privacy")
async def privacy(_command: Command, context: Context) -> Reply:
    """Tell what is kept and for how long, from the configuration in force."""
    settings, hub = context.settings, context.settings.hub
    document = context.say(
        "privacy",
        days=settings.knowledge.keep_questions.days,
        sent=settings.delivery.keep_sent.days,
        audit=settings.audit.keep.days,
        forget=context.prefix
        + ("project forget" if context.language == "en" else "projekt vergessen"),
        operator=hub.operator or context.text("operator-unknown"),
    )
    if calendars.is_served(settings):
        name = "calendar" if context.language == "en" else "kalender"
        document += context.say("privacy-calendar", command=context.prefix + name)
    if settings.bridges.enabled:
        document += context.say("privacy-bridges", days=settings.bridges.keep_map.days)
    if hub.privacy_url is None:
        return document
    return document + context.say("privacy-more", url=str(hub.privacy_url))


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
