"""Makes what a plan says go wrong, and mends it again."""

import asyncio
import math
import resource
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.clock import SystemClock
from tests.faults.night import HOUR
from tests.faults.plan import Blow, Fault
from tests.faults.reckoning import Trouble
from tests.faults.world import TOKEN, WINDOW, Life, World, leave

FREE = resource.RLIM_INFINITY


@dataclass
class Damage:
    """Everything that a run breaks.

    Attributes:
        world: What it breaks.
        troubles: When something was broken.
        ahead: When the hub took it to be later than it was.
        cuts: How often somebody else may have sent what a process of the hub had in flight.
        drops: The faults after which Telegram may have had what the hub thinks it has not.
        findings: What should not have happened, in words.
    """

    world: World
    troubles: list[Trouble] = field(default_factory=list)
    ahead: list[Trouble] = field(default_factory=list)
    cuts: int = 0
    drops: list[int] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    _lives: asyncio.Lock = field(default_factory=asyncio.Lock)
    _database: asyncio.Lock = field(default_factory=asyncio.Lock)
    _homeserver: asyncio.Lock = field(default_factory=asyncio.Lock)
    _clock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _token: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tokens: int = 0
    _ahead_by: float = 0.0

    async def strike(self, blow: Blow) -> None:
        """Wait for the moment, and let it go wrong; what lasts is mended afterwards."""
        if blow.fault not in _BLOWS:
            return  # the night falls by itself, and excuses nothing
        await asyncio.sleep(blow.at)
        begins = _now()
        await _BLOWS[blow.fault](self, blow)
        # Whoever was cut off tries again a little later.
        self.troubles.append(Trouble(begins, _now() + _AFTER))

    async def heal(self) -> None:
        """Let nothing be broken any more, and the hub run."""
        self.world.gateway.heal()
        await self.world.telegram.heal()
        self.world.turn_clock(self._ahead_by)
        async with self._lives:
            for life in self.world.lives:
                if not life.hub.is_running:
                    self._note_end(life)
                    await life.start()

    async def hurry(self, seconds: float) -> None:
        """Let the hub's clock be ahead for good, so that what has to wait need not."""
        self._ahead_by += seconds
        self.world.turn_clock(self._ahead_by)
        self.ahead.append(Trouble(_now(), math.inf))

    def _note_end(self, life: Life) -> None:
        self.findings.append(f"the hub has ended by itself: {life.hub.logs[-3:]}")

    async def allowed(self) -> int:
        """Return how many copies Telegram may show: in flight at a kill, or answer dropped."""
        hits = [await self.world.telegram.fault_hits(one) for one in self.drops]
        return self.cuts * WINDOW + sum(hits)

    def _met(self, blow: Blow) -> Life:
        return self.world.lives[blow.which % len(self.world.lives)]

    async def kill(self, blow: Blow) -> None:
        """Cut the power, and switch it on again."""
        async with self._lives:
            life = self._met(blow)
            if not life.hub.is_running:
                self._note_end(life)
            await life.hub.kill()
            self.cuts += 1
            await life.start(until="hub.starting" if blow.sends is None else "hub.started")
            await self._sent(blow.sends or 0)

    async def _sent(self, count: int) -> None:
        """Wait until so many messages more were sent on Telegram, or nothing comes of it.

        Counted, and not timed: a busy machine would be at nothing else than at starting.
        """
        telegram = self.world.telegram
        before = await telegram.accepted()
        with suppress(TimeoutError):
            async with asyncio.timeout(_AFTER):
                while await telegram.accepted() < before + count:
                    await asyncio.sleep(0.05)

    async def freeze(self, blow: Blow) -> None:
        """Let a machine fall asleep; if there is another one, that takes over."""
        async with self._lives:
            life = self._met(blow)
            life.hub.freeze()
            self.cuts += 1
            await asyncio.sleep(min(blow.seconds, _LONGEST_SLEEP))
            life.hub.thaw()

    async def database_away(self, blow: Blow) -> None:
        """Stop PostgreSQL; hold SQLite's lock."""
        async with self._database:
            if len(self.world.lives) > 1:
                self.cuts += 1  # whoever gets through first takes over what the other has sent
            if self.world.postgres is not None:
                await self.world.postgres.stop()
                await asyncio.sleep(blow.seconds)
                await self.world.postgres.start()
                return
            file = self.world.directory / "hub.sqlite3"
            with suppress(sqlite3.OperationalError):
                other = sqlite3.connect(file, isolation_level=None, timeout=5)
                other.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(blow.seconds)
                other.execute("ROLLBACK")
                other.close()

    async def homeserver_restart(self, blow: Blow) -> None:
        """Stop Synapse for a while."""
        async with self._homeserver:
            await self.world.homeserver.stop()
            await asyncio.sleep(min(blow.seconds, 5.0))
            await self.world.homeserver.restart()

    async def bad_gateway(self, blow: Blow) -> None:
        """Let a storm of 502 go over both networks."""
        self.world.gateway.fail("bad_gateway", times=blow.times * 10)
        await self.world.telegram.fail("bad_gateway", times=blow.times * 10)

    async def dropped_answers(self, blow: Blow) -> None:
        """Let both networks take what is sent, and not say so."""
        self.world.gateway.fail("drop_answer", times=blow.times)
        dropped = await self.world.telegram.fail(
            "drop_answer", method="sendMessage", times=blow.times
        )
        self.drops.append(dropped)

    async def resets(self, blow: Blow) -> None:
        """Let connections break before anything was taken."""
        self.world.gateway.fail("reset", times=blow.times)
        await self.world.telegram.fail("reset", times=blow.times)

    async def hangs(self, blow: Blow) -> None:
        """Let both networks keep us waiting, and then take nothing."""
        self.world.gateway.fail("hang", times=blow.times, seconds=blow.seconds)
        await self.world.telegram.fail("hang", times=blow.times, seconds=blow.seconds)
        await asyncio.sleep(blow.seconds)

    async def flood(self, blow: Blow) -> None:
        """Let Telegram ask for patience."""
        await self.world.telegram.fail(
            "retry_after", method="sendMessage", times=blow.times, seconds=blow.seconds
        )
        await asyncio.sleep(blow.seconds)

    async def gone(self, _: Blow) -> None:
        """Let a tenth of the recipients be gone: blocked, deactivated, left."""
        world = self.world
        for number, one in enumerate(world.people[::10]):
            world.gone.add(f"telegram:{one.id}")
            if number % 2:
                await world.telegram.block(one, world.bot)
            else:
                await world.telegram.deactivate(one)
        for hall in world.halls[::10]:
            async with self._homeserver:
                await leave(world, hall)
            world.gone.add(f"matrix:{hall}")

    async def migration(self, _: Blow) -> None:
        """Let Telegram make a group a supergroup of another id."""
        world = self.world
        old, person = world.groups.pop()
        new = await world.telegram.migrate(old)
        world.moved[f"telegram:{new.id}"] = f"telegram:{old.id}"
        world.groups.append((new, person))

    async def turned(self, blow: Blow) -> None:
        """Turn the clock by an hour, and later back again."""
        async with self._clock:
            by = HOUR if blow.fault is Fault.CLOCK_AHEAD else -HOUR
            await self._turn(by, blow.seconds)

    async def _turn(self, by: float, seconds: float) -> None:
        begins = _now()
        self.world.turn_clock(self._ahead_by + by)
        await asyncio.sleep(seconds)
        self.world.turn_clock(self._ahead_by)
        if by > 0:
            self.ahead.append(Trouble(begins, _now()))

    async def long_flood(self, blow: Blow) -> None:
        """Let Telegram ask for minutes of patience, which pass by the hub's clock alone."""
        minutes = 60.0 * (2 + blow.times)
        flood = await self.world.telegram.fail(
            "retry_after", method="sendMessage", seconds=minutes
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(blow.seconds):
                while not await self.world.telegram.fault_hits(flood):
                    await asyncio.sleep(0.2)
        async with self._clock:
            await self.hurry(minutes)
        await asyncio.sleep(_AFTER)

    async def disk_full(self, blow: Blow) -> None:
        """Let the kernel refuse the hub every further byte in a file, as on a full disk."""
        pid = self._met(blow).hub.pid
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, FREE))
            await asyncio.sleep(min(blow.seconds, 5.0))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (FREE, FREE))

    async def revoked(self, blow: Blow) -> None:
        """Let Telegram refuse the bot's token for a while."""
        async with self._token:
            await self.world.telegram.revoke(self.world.bot)
            await asyncio.sleep(blow.seconds)
            await self.world.telegram.revoke(self.world.bot, revoked=False)

    async def new_token(self, blow: Blow) -> None:
        """Let the token be revoked for good; an operator gets another one, and restarts."""
        async with self._token, self._lives:
            await self.world.telegram.revoke(self.world.bot)
            await asyncio.sleep(min(blow.seconds, _LONGEST_SLEEP))
            self._tokens += 1
            token = f"{TOKEN[:-2]}{self._tokens:02}"
            await self.world.telegram.renew_token(token, self.world.bot)
            for life in self.world.lives:
                _configure(life.hub.directory / "config.toml", token)
                if code := await life.hub.stop():
                    self.findings.append(f"the hub ended with {code}")
                await life.start(until="hub.starting")


def _configure(file: Path, token: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    known = [f'token = "{token}"' if one.startswith("token = ") else one for one in lines]
    file.write_text("\n".join(known), encoding="utf-8")


def _now() -> float:
    return SystemClock().now().timestamp()


_AFTER = 5.0
_LONGEST_SLEEP = 12.0
"""Seconds; a lease lasts half as long."""

_BLOWS: Mapping[Fault, Callable[[Damage, Blow], Awaitable[None]]] = {
    Fault.KILL: Damage.kill,
    Fault.DATABASE_AWAY: Damage.database_away,
    Fault.HOMESERVER_RESTART: Damage.homeserver_restart,
    Fault.BAD_GATEWAY: Damage.bad_gateway,
    Fault.DROPPED_ANSWERS: Damage.dropped_answers,
    Fault.RESETS: Damage.resets,
    Fault.HANGS: Damage.hangs,
    Fault.FLOOD: Damage.flood,
    Fault.GONE: Damage.gone,
    Fault.MIGRATION: Damage.migration,
    Fault.CLOCK_AHEAD: Damage.turned,
    Fault.CLOCK_BACK: Damage.turned,
    Fault.DISK_FULL: Damage.disk_full,
    Fault.REVOKED: Damage.revoked,
    Fault.NEW_TOKEN: Damage.new_token,
    Fault.FREEZE: Damage.freeze,
    Fault.LONG_FLOOD: Damage.long_flood,
}
