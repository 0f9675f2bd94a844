"""Makes what a plan says go wrong, and mends it again."""

import asyncio
import resource
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bot.clock import SystemClock
from tests.faults.plan import Blow, Fault
from tests.faults.reckoning import Trouble
from tests.faults.world import WINDOW, World, leave

HOUR = 3600.0
FREE = resource.RLIM_INFINITY


@dataclass
class Damage:
    """Everything that a run breaks.

    Attributes:
        world: What it breaks.
        troubles: When something was broken.
        kills: How often the hub was killed.
        drops: The faults after which Telegram may have had what the hub thinks it has not.
        findings: What should not have happened, in words.
    """

    world: World
    troubles: list[Trouble] = field(default_factory=list)
    kills: int = 0
    drops: list[int] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    _lives: asyncio.Lock = field(default_factory=asyncio.Lock)
    _database: asyncio.Lock = field(default_factory=asyncio.Lock)
    _homeserver: asyncio.Lock = field(default_factory=asyncio.Lock)
    _clock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def strike(self, blow: Blow) -> None:
        """Wait for the moment, and let it go wrong; what lasts is mended afterwards."""
        await asyncio.sleep(blow.at)
        begins = SystemClock().now().timestamp()
        await _BLOWS[blow.fault](self, blow)
        # Whoever was cut off tries again a little later.
        self.troubles.append(Trouble(begins, SystemClock().now().timestamp() + _AFTER))

    async def heal(self) -> None:
        """Let nothing be broken any more, and the hub run."""
        self.world.gateway.heal()
        await self.world.telegram.heal()
        self.world.turn_clock(0)
        async with self._lives:
            if not self.world.hub.is_running:
                self.findings.append(f"the hub has ended by itself: {self.world.hub.logs[-3:]}")
                await self.world.hub.start(self.world.tasks)

    async def allowed(self) -> int:
        """Return how many copies Telegram may show: in flight at a kill, or answer dropped."""
        hits = [await self.world.telegram.fault_hits(one) for one in self.drops]
        return self.kills * WINDOW + sum(hits)

    async def kill(self, _: Blow) -> None:
        """Cut the power, and switch it on again."""
        async with self._lives:
            hub = self.world.hub
            if not hub.is_running:
                self.findings.append(f"the hub has ended by itself: {hub.logs[-3:]}")
            await hub.kill()
            self.kills += 1
            await hub.start(self.world.tasks, until="hub.starting")

    async def database_away(self, blow: Blow) -> None:
        """Stop PostgreSQL; hold SQLite's lock."""
        async with self._database:
            if self.world.postgres is not None:
                await self.world.postgres.stop()
                await asyncio.sleep(blow.seconds)
                await self.world.postgres.start()
                return
            file = self.world.hub.directory / "data" / "hub.sqlite3"
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
            self.world.turn_clock(HOUR if blow.fault is Fault.CLOCK_AHEAD else -HOUR)
            await asyncio.sleep(blow.seconds)
            self.world.turn_clock(0)

    async def disk_full(self, blow: Blow) -> None:
        """Let the kernel refuse the hub every further byte in a file, as on a full disk."""
        pid = self.world.hub.pid
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, FREE))
            await asyncio.sleep(min(blow.seconds, 5.0))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (FREE, FREE))

    async def revoked(self, blow: Blow) -> None:
        """Let Telegram refuse the bot's token for a while."""
        await self.world.telegram.revoke(self.world.bot)
        await asyncio.sleep(blow.seconds)
        await self.world.telegram.revoke(self.world.bot, revoked=False)


_AFTER = 5.0

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
}
