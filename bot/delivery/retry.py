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
        max_uncertain: How often a message is sent of which nobody knows whether it arrived,
            where the network can't recognise a repeat: the most copies that anybody gets.
        max_age: How long a message waits for a network that is away.
    """

    max_attempts: int
    first: timedelta
    longest: timedelta
    refused: timedelta = timedelta(seconds=60)
    max_uncertain: int = 3
    max_age: timedelta = timedelta(days=2)

    def wait(
        self,
        error: TemporaryDeliveryError,
        *,
        attempts: int,
        luck: float,
        age: timedelta = timedelta(0),
        harmless: bool = False,
    ) -> timedelta | None:
        """Return how long to wait before the next attempt, or ``None`` to give up.

        What the network asked for is honoured, up to :data:`LONGEST_ASKED`, and spends no
        attempt, because then the message was not the reason. The same holds for an outage: the
        message waits, longer and longer, until it is too old to be of use.

        Args:
            error: What the network said.
            attempts: Failures before this one.
            age: Since when the message is waiting.
            harmless: Whether the network recognises a repeat, so that copies are no danger.
            luck: A number in [0, 1) that spreads the waits over [½, 1] of their length, so
                that many messages which failed together do not return together.
        """
        if error.retry_after is not None:
            return min(max(error.retry_after, timedelta(seconds=1)), LONGEST_ASKED)
        if not self.spends_attempt(error):
            return None if age >= self.max_age else self._jittered(age.total_seconds() / 2, luck)
        copies = error.uncertain and not harmless
        if attempts + 1 >= (self.max_uncertain if copies else self.max_attempts):
            return None
        # 2**100 of anything is past every policy.
        return self._jittered(self.first.total_seconds() * 2.0 ** min(attempts, 100), luck)

    def _jittered(self, seconds: float, luck: float) -> timedelta:
        # In seconds, because a timedelta overflows.
        first, longest = self.first.total_seconds(), self.longest.total_seconds()
        return timedelta(seconds=min(longest, max(first, seconds))) * (0.5 + luck / 2)

    def spends_attempt(self, error: TemporaryDeliveryError) -> bool:
        """Tell whether a failure counts against :attr:`max_attempts`."""
        return error.retry_after is None and (error.uncertain or not error.outage)
