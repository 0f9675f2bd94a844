"""What the HTTP side asks of the hub; apart from the server, which is slow to load."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

Webhook = Callable[[bytes, Mapping[str, str]], Awaitable[int]]
"""Takes a request's body and headers, and returns the status to answer with."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether one part is ready, and why not.

    Attributes:
        standby: Whether it is ready to take over what another process does.
    """

    part: str
    ready: bool
    reason: str = ""
    standby: bool = False

    @property
    def state(self) -> str:
        """In a word or a few."""
        if not self.ready:
            return self.reason
        return "standby" if self.standby else "ok"


Readiness = Callable[[], Awaitable[Sequence[Probe]]]
