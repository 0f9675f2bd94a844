"""What an operator can set about linked people."""

from datetime import timedelta

from bot.config.section import Section
from bot.config.values import Duration


class LinkingSettings(Section):
    """When a linked person is told something on their other network."""

    fallback_after: Duration = timedelta(hours=1)
