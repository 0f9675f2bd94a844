"""What an operator can set about HTTP."""

from typing import Annotated

from pydantic import Field, HttpUrl, field_validator

from bot.config.section import Section

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


class WebSettings(Section):
    """The HTTP side: health, metrics, webhooks, calendars, public pages."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: HttpUrl | None = None
    public_pages: bool = False

    @field_validator("public_url")
    @classmethod
    def _reachable_in_private(cls, value: HttpUrl | None) -> HttpUrl | None:
        if value is None:
            return None
        if value.query or value.fragment or value.username or value.password:
            msg = (
                "is an address and a path, without ?, # and user, such as https://hub.example.org"
            )
            raise ValueError(msg)
        if value.scheme != "https" and value.host not in _LOOPBACK:
            msg = "must begin with https://, because private calendars have their key in it"
            raise ValueError(msg)
        return value

    def public(self, path: str) -> str | None:
        """Return where everybody reaches *path*, which begins with a slash; ``None``: nowhere."""
        if self.public_url is None:
            return None
        return str(self.public_url).rstrip("/") + path
