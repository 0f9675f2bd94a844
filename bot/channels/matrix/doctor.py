"""What an operator should know about the Matrix account."""

from datetime import timedelta

from bot.channels.matrix.cross_signing import Standing
from bot.channels.matrix.decrypting import Undecrypted
from bot.channels.matrix.homeserver import api
from bot.channels.matrix.json_tree import Tree
from bot.channels.matrix.refusals import (
    BROKEN_CONNECTION,
    LOST_ACCOUNT,
    RefusalError,
    down,
    unreachable,
)
from bot.channels.matrix.session import Session
from bot.channels.port import Finding, Level

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
        "is not signed: the homeserver did not accept the cross-signing keys, so strict "
        "clients don't answer this device. Check channels.matrix.password and start again"
    ),
}


async def examine(session: Session, undecrypted: Undecrypted) -> list[Finding]:
    """Look at account, device, limits, clock and encryption; every failure is a finding."""
    try:
        return [
            await _account(session),
            *await _limits(session),
            *_clock(session),
            *_encryption(session, undecrypted),
        ]
    except RefusalError as refusal:
        lost = refusal.errcode in LOST_ACCOUNT
        text = str(down(refusal)) if lost else f"the homeserver answered {refusal}"
        return [Finding(SUBJECT, Level.FAIL, text)]
    except BROKEN_CONNECTION as error:
        return [Finding(SUBJECT, Level.FAIL, unreachable(error))]


async def _account(session: Session) -> Finding:
    await session.server.call("GET", api("account", "whoami"))
    keys = await session.signing.query()
    who = f"{session.user_id}, device {session.device_id}"
    if not session.signing.knows_device(keys):
        text = f"{who}, has no keys on the homeserver; start again to publish them"
        return Finding(SUBJECT, Level.FAIL, text)
    if session.signing.signed(keys):
        return Finding(SUBJECT, Level.OK, f"{who}, signed by its account")
    standing = session.standing if session.standing in _ADVICE else Standing.FOREIGN
    return Finding(SUBJECT, Level.WARN, f"{who}, {_ADVICE[standing]}")


async def _limits(session: Session) -> list[Finding]:
    """Ask for the account's own limits, which only an admin account may.

    Source: https://element-hq.github.io/synapse/latest/admin_api/user_admin_api.html#override-ratelimiting-for-users
    """
    parts = ("users", session.user_id, "override_ratelimit")
    try:
        answer = await session.server.call("GET", api(*parts, prefix="/_synapse/admin/v1"))
    except RefusalError:
        if not session.server.limited:
            return []
        text = f"the homeserver limited this account: see {LIMITS_PAGE}"
        return [Finding(SUBJECT, Level.WARN, text)]
    return [_limit(answer)]


def _limit(answer: Tree) -> Finding:
    rate = answer.get("messages_per_second")
    if rate == 0:
        return Finding(SUBJECT, Level.OK, "the homeserver does not limit this account")
    allowed = "as any other" if rate is None else f"to {rate} messages/s"
    text = f"the homeserver limits this account {allowed}: see {LIMITS_PAGE}"
    return Finding(SUBJECT, Level.WARN, text)


def _clock(session: Session) -> list[Finding]:
    skew = session.server.skew
    if skew is None or abs(skew) <= MOST_SKEW:
        return []
    seconds = abs(round(skew.total_seconds()))
    side = "behind" if skew > timedelta(0) else "ahead of"
    text = f"this machine's clock is {seconds} s {side} the homeserver's: check its time service"
    return [Finding(SUBJECT, Level.WARN, text)]


def _encryption(session: Session, undecrypted: Undecrypted) -> list[Finding]:
    if session.client.olm is None:
        return [Finding(SUBJECT, Level.FAIL, "the encryption store is not loaded")]
    findings = [Finding(SUBJECT, Level.OK, "encryption store loaded")]
    if len(undecrypted):
        text = f"{len(undecrypted)} messages can't be read until their senders share the key"
        findings.append(Finding(SUBJECT, Level.WARN, text))
    return findings
