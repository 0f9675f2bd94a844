"""What a character is: counted as Telegram counts, and mended where half of one is missing."""


def utf16_length(text: str) -> int:
    """Return the length of *text* in UTF-16 code units, as Telegram counts.

    Source: https://core.telegram.org/api/entities#entity-length
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def whole(text: str) -> str:
    """Return *text* with surrogate pairs joined and each lone surrogate as U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
