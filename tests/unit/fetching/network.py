"""The far end of a network: names that are what a test says."""

from collections.abc import Mapping, Sequence
from socket import gaierror


class FakeNames:
    """A name server.

    Attributes:
        asked: Which names, in order.
    """

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self._known = {name: [list(addresses)] for name, addresses in known.items()}
        self.asked: list[str] = []

    def name(self, host: str, *answers: Sequence[str]) -> None:
        """Let *host* be something else at each look-up; the last answer stays."""
        self._known[host] = [list(one) for one in answers]

    async def __call__(self, host: str) -> Sequence[str]:
        """Return the addresses of *host*."""
        self.asked.append(host)
        if host not in self._known:
            raise gaierror("no such name")
        answers = self._known[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]
