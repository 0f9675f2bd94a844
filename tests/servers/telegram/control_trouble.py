"""Control: faults, limits, revoked tokens and the passing of time."""

from __future__ import annotations

from tests.servers.telegram.control_base import ControlBase
from tests.servers.telegram.faults import Blocking, Fault, FaultKind
from tests.servers.telegram.limits import LimitMode
from tests.servers.telegram.views import BotLike, ChatLike, UserLike, id_of


class TroubleControl(ControlBase):
    """Makes things go wrong."""

    def fail(
        self,
        kind: FaultKind,
        *,
        method: str | None = None,
        chat: ChatLike | None = None,
        bot: BotLike | None = None,
        after: int = 0,
        times: int | None = 1,
        seconds: float = 0.0,
        code: int = 400,
        description: str = "Bad Request",
    ) -> int:
        """Script a fault and return its id; see :class:`Fault` for the kinds.

        Args:
            kind: What happens.
            method: To which method, by default to any.
            chat: In which chat, by default in any.
            bot: To which bot, by default to any.
            after: How many matching calls still pass.
            times: How often it happens; ``None`` until it is lifted.
            seconds: How long a ``hang`` or ``slow`` lasts, or what ``retry_after`` asks for.
            code: The status of an ``error``.
            description: The whole text of an ``error``, e.g. "Bad Request: chat not found".
        """
        fault = Fault(
            id=0,
            kind=kind,
            method=method,
            chat=id_of(chat) if chat is not None else None,
            bot=id_of(bot) if bot is not None else None,
            after=after,
            times=times,
            seconds=seconds,
            code=code,
            description=description,
        )
        return self.world.faults.add(fault).id

    def fault_hits(self, fault_id: int) -> int:
        """Return how often a fault has happened."""
        return self.world.faults.hits[fault_id]

    def heal(self, fault_id: int | None = None) -> None:
        """Lift one fault, or all."""
        self.world.faults.remove(fault_id)

    def block_after(self, user: UserLike, sends: int, bot: BotLike | None = None) -> None:
        """Let a person block a bot as soon as it has sent *sends* more messages to anybody."""
        account = self._bot(bot)
        self.world.faults.blockings.append(Blocking(account.id, self._user(user).id, sends))

    def revoke(self, bot: BotLike | None = None, *, revoked: bool = True) -> None:
        """Take a bot's token back (401 from now on), or honour it again."""
        account = self._bot(bot)
        account.revoked = revoked

    def renew_token(self, token: str, bot: BotLike | None = None) -> None:
        """Give a bot another token; the one that it had is honoured no more, not even revoked."""
        account = self._bot(bot)
        del self.world.tokens[account.token]
        account.token, account.revoked = token, False
        self.world.tokens[token] = account

    def set_privacy(self, bot: BotLike | None = None, *, on: bool) -> None:
        """Switch a bot's privacy mode."""
        self._bot(bot).privacy = on

    def set_limits(self, mode: LimitMode) -> None:
        """Switch flood control ``"strict"`` or ``"off"``; what was sent is forgotten."""
        self.world.limits.reset(mode)

    def set_callback_lifetime(self, seconds: float) -> None:
        """Set for how long a pressed button can be answered."""
        self.world.callback_lifetime = seconds

    def advance(self, seconds: float) -> None:
        """Move the emulator's clock forward."""
        self.world.now.advance(seconds)
        self.world.changed()

    def time(self) -> float:
        """Return the emulator's time."""
        return self.world.now()
