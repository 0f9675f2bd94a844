"""What an operator should know about the Matrix account; reads, and changes nothing."""

from datetime import timedelta
from pathlib import Path

from bot.channels.matrix.credentials import Acceptance, Credentials, Proof
from bot.channels.matrix.cross_signing import CrossSigning, Standing
from bot.channels.matrix.decrypting import Undecrypted
from bot.channels.matrix.homeserver import Homeserver, api
from bot.channels.matrix.json_tree import Tree, text
from bot.channels.matrix.refusals import RefusalError
from bot.channels.port import Finding, Level
from bot.clock import Clock

SUBJECT = "matrix"
MOST_SKEW = timedelta(seconds=30)
LIMITS_PAGE = "docs/howto/synapse-rate-limits.md"

_ADVICE = {
    Standing.FOREIGN: (
        "is not signed: the account's cross-signing was set up elsewhere, so strict clients "
        "don't answer this device. Sign it there (verify this session), or reset the "
        "cross-signing there and start again"
    ),
    Standing.PASSWORD_NEEDED: (
        "is not signed: the homeserver wants the password once to set up cross-signing; "
        "set channels.matrix.password and start again"
    ),
    Standing.UNSUPPORTED: (
        "is not signed, so strict clients don't answer this device: start again, and if that "
        "does not help, check channels.matrix.password and the homeserver's cross-signing"
    ),
}


def fail(words: str) -> Finding:
    """Return a line that keeps the channel from working."""
    return Finding(SUBJECT, Level.FAIL, words)


def _ok(words: str) -> Finding:
    return Finding(SUBJECT, Level.OK, words)


def _warn(words: str) -> Finding:
    return Finding(SUBJECT, Level.WARN, words)


async def examine(
    server: Homeserver, credentials: Credentials, *, store_dir: Path, clock: Clock
) -> list[Finding]:
    """Look at login, device, limits and clock; beside a hub that runs, or before the first run.

    Raises:
        RefusalError: The homeserver is busy, or refuses the account.
        ChannelDownError: It refuses what we have to log in with.
        OSError: It can't be reached; aiohttp has errors of its own as well.
    """
    accepted = await credentials.probe(server)
    account = text(accepted.account, "device_id")
    signing = CrossSigning(
        server,
        user_id=credentials.user_id,
        device_id=account,
        password=credentials.password,
        store_dir=store_dir,
    )
    logged_in = accepted.proof is Proof.SAVED
    return [
        await _device(signing) if logged_in else _login(credentials, accepted),
        await _limits(server, credentials.user_id),
        _clock(server.skew),
        *_unread(Undecrypted(store_dir / "undecrypted.json", clock)),
    ]


def _login(credentials: Credentials, accepted: Acceptance) -> Finding:
    """Say what the next start will do; it is no trouble, but there is no device to look at."""
    if credentials.saved():
        first = "the saved login was refused: `stadtfunk run` logs in anew"
    else:
        first = "not logged in yet: `stadtfunk run` does it"
    return _warn(f"{credentials.user_id}, {first}; the {accepted.proof} is accepted")


async def _device(signing: CrossSigning) -> Finding:
    keys = await signing.query()
    who = f"{signing.user_id}, device {signing.device_id}"
    if not signing.knows_device(keys):
        return fail(f"{who}, has no keys on the homeserver; start again to publish them")
    standing = signing.standing(keys)
    if standing is not Standing.SIGNED:
        return _warn(f"{who}, {_ADVICE[standing]}")
    elsewhere = "" if signing.owns_identity(keys) else ", whose cross-signing was set up elsewhere"
    return _ok(f"{who}, signed by its account{elsewhere}")


async def _limits(server: Homeserver, user_id: str) -> Finding:
    """Ask for the account's own limits, which only an admin account may.

    Source: https://element-hq.github.io/synapse/latest/admin_api/user_admin_api.html#override-ratelimiting-for-users
    """
    if server.token:
        path = api("users", user_id, "override_ratelimit", prefix="/_synapse/admin/v1")
        try:
            return _limit(await server.call("GET", path))
        except RefusalError:
            if server.limited:
                return _warn(f"the homeserver limited this account: see {LIMITS_PAGE}")
    return _warn(f"only a server admin can see this account's rate limits: {LIMITS_PAGE}")


def _limit(answer: Tree) -> Finding:
    rate = answer.get("messages_per_second")
    if rate == 0:
        return _ok("the homeserver does not limit this account")
    allowed = "as any other" if rate is None else f"to {rate} messages/s"
    return _warn(f"the homeserver limits this account {allowed}: see {LIMITS_PAGE}")


def _clock(skew: timedelta | None) -> Finding:
    if skew is None:
        return _warn("the homeserver does not tell the time: make sure that NTP sets the clock")
    if abs(skew) <= MOST_SKEW:
        return _ok("the clock agrees with the homeserver's")
    seconds = abs(round(skew.total_seconds()))
    side = "behind" if skew > timedelta(0) else "ahead of"
    return _warn(f"the clock is {seconds} s {side} the homeserver's: set it by NTP")


def _unread(undecrypted: Undecrypted) -> list[Finding]:
    undecrypted.load()
    if not len(undecrypted):
        return []
    return [_warn(f"{len(undecrypted)} messages can't be read until their senders share the key")]
