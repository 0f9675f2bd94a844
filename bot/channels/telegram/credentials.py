"""The bot's secrets, and how they are kept out of every text that leaves this package."""

import hashlib
import hmac
import re

from bot.config import TelegramSettings

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name, not a secret
"""Where Telegram puts the secret (https://core.telegram.org/bots/api#setwebhook)."""


class Credentials:
    """The token, and what the webhook is guarded by.

    Without a configured ``webhook_secret`` the guard is derived from the token, so that every
    process of an installation computes the same one and nobody has to invent it.

    Attributes:
        token: The bot's token.
        webhook_secret: What Telegram repeats in :data:`SECRET_HEADER`.
        webhook_path: Where Telegram calls us; it begins with a slash and can't be guessed.
    """

    def __init__(self, settings: TelegramSettings) -> None:
        self.token = settings.token.get_secret_value()
        chosen = settings.webhook_secret.get_secret_value()
        self.webhook_secret = chosen or _derive(self.token, "webhook secret")
        hidden = _derive(chosen or self.token, "webhook path")
        self.webhook_path = f"/telegram/{hidden}"
        self._pattern = _any_of(self.token, self.webhook_secret, hidden)

    def scrub(self, text: str) -> str:
        """Return *text* with an ellipsis wherever it held a secret, in any case of letters.

        The Bot API carries the token in every URL, so aiohttp's and a proxy's words may too.
        """
        return self._pattern.sub("…", text)

    def proves(self, secret: str) -> bool:
        """Tell in constant time whether a caller knows the webhook's secret."""
        # In a header, aiohttp writes bytes that are no UTF-8 as lone surrogates.
        given = secret.encode(errors="surrogatepass")
        return hmac.compare_digest(given, self.webhook_secret.encode())


def _derive(key: str, purpose: str) -> str:
    return hmac.digest(key.encode(), purpose.encode(), hashlib.sha256).hex()


def _any_of(token: str, *others: str) -> re.Pattern[str]:
    # The part after the colon is the secret one, and in a URL the colon may be escaped.
    number, _, secret = token.partition(":")
    words = [rf"(?:{re.escape(number)}(?::|%3A))?{re.escape(secret)}"] if secret else [number]
    words += [re.escape(other) for other in others]
    return re.compile("|".join(word for word in words if word), re.IGNORECASE)
