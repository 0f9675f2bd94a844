"""When to try again: pure arithmetic, without clock or network."""

from dataclasses import dataclass
from datetime import timedelta

from bot.errors import TemporaryDeliveryError

LONGEST_ASKED = timedelta(days=1)
"""Nobody is waited for longer; a server that says ten years is asked again every day."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long apart a message is tried.

    Attributes:
        max_attempts: After so many failures the message is given up.
        first: Wait after the first failure.
        longest: The wait doubles each time, up to this.
        refused: How long to leave a network alone that refuses our account.
    """

    max_attempts: int
    first: timedelta
    longest: timedelta
    refused: timedelta = timedelta(seconds=60)

    def wait(
        self, error: TemporaryDeliveryError, *, attempts: int, luck: float
    ) -> timedelta | None:
        """Return how long to wait before the next attempt, or ``None`` to give up.

        What the network asked for is honoured, up to :data:`LONGEST_ASKED`, and spends no
        attempt, because then the message was not the reason.

        Args:
            error: What the network said.
            attempts: Failures before this one.
            luck: A number in [0, 1) that spreads the waits over [½, 1] of their length, so
                that many messages which failed together do not return together.
        """
        if error.retry_after is not None:
            return min(max(error.retry_after, timedelta(seconds=1)), LONGEST_ASKED)
        if attempts + 1 >= self.max_attempts:
            return None
        # In seconds, because a timedelta overflows; 2**100 of anything is past every policy.
        grown = self.first.total_seconds() * 2.0 ** min(attempts, 100)
        full = timedelta(seconds=min(self.longest.total_seconds(), grown))
        return full * (0.5 + luck / 2)

    def spends_attempt(self, error: TemporaryDeliveryError) -> bool:
        """Tell whether a failure counts against :attr:`max_attempts`."""
        return error.retry_after is None
