"""The control side of an emulator in another process.

The same methods with the same arguments as :class:`Control`, all of them awaited.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

import aiohttp

from tests.servers.telegram.control import Control
from tests.servers.telegram.control_http import PREFIX
from tests.servers.telegram.errors import ControlError
from tests.servers.telegram.views import MessageView, UserLike
from tests.servers.telegram.wire import decode, encode_argument, result_hint
from tests.servers.telegram.world import CallbackAnswer

P = ParamSpec("P")
R = TypeVar("R")


class Remote(Generic[P, R]):
    """A control method that is run by the other process."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self._name = method.__name__
        self._hint = result_hint(method)
        self._parameters = inspect.signature(method)

    def __get__(
        self, client: ControlClient, owner: type[ControlClient]
    ) -> Callable[P, Coroutine[Any, Any, R]]:
        async def call(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = self._parameters.bind(None, *args, **kwargs).arguments
            given = {
                name: encode_argument(value) for name, value in bound.items() if name != "self"
            }
            result: R = decode(self._hint, await client.request(self._name, given))
            return result

        return call


def at_once(method: Callable[Concatenate[Any, P], R]) -> Remote[P, R]:
    """Offer a control method that does not wait."""
    return Remote(method)


def waiting(method: Callable[Concatenate[Any, P], Awaitable[R]]) -> Remote[P, R]:
    """Offer a control method that waits."""
    return Remote(method)


class ControlClient:
    """Controls the emulator at *url*; use it as an async context manager."""

    bot = at_once(Control.bot)
    user = at_once(Control.user)
    users = at_once(Control.users)
    group = at_once(Control.group)
    supergroup = at_once(Control.supergroup)
    channel = at_once(Control.channel)
    add_bot = at_once(Control.add_bot)
    kick_bot = at_once(Control.kick_bot)
    join = at_once(Control.join)
    leave = at_once(Control.leave)
    promote = at_once(Control.promote)
    demote = at_once(Control.demote)
    restrict = at_once(Control.restrict)
    topic = at_once(Control.topic)
    close_topic = at_once(Control.close_topic)
    migrate = at_once(Control.migrate)
    chat_info = at_once(Control.chat_info)
    say = at_once(Control.say)
    say_many = at_once(Control.say_many)
    upload = at_once(Control.upload)
    photograph = at_once(Control.photograph)
    edit = at_once(Control.edit)
    delete = at_once(Control.delete)
    react = at_once(Control.react)
    press = at_once(Control.press)
    vote = at_once(Control.vote)
    block = at_once(Control.block)
    unblock = at_once(Control.unblock)
    deactivate = at_once(Control.deactivate)
    chat_history = at_once(Control.chat_history)
    visible = at_once(Control.visible)
    calls = at_once(Control.calls)
    forget_calls = at_once(Control.forget_calls)
    accepted = at_once(Control.accepted)
    content = at_once(Control.content)
    uploads = at_once(Control.uploads)
    forget_files = at_once(Control.forget_files)
    pending_updates = at_once(Control.pending_updates)
    flooded = at_once(Control.flooded)
    commands_of = at_once(Control.commands_of)
    fail = at_once(Control.fail)
    fault_hits = at_once(Control.fault_hits)
    heal = at_once(Control.heal)
    block_after = at_once(Control.block_after)
    revoke = at_once(Control.revoke)
    renew_token = at_once(Control.renew_token)
    set_privacy = at_once(Control.set_privacy)
    set_limits = at_once(Control.set_limits)
    set_callback_lifetime = at_once(Control.set_callback_lifetime)
    advance = at_once(Control.advance)
    time = at_once(Control.time)
    callback_answer = waiting(Control.callback_answer)
    next_message = waiting(Control.next_message)
    wait_for_text = waiting(Control.wait_for_text)
    wait_for_calls = waiting(Control.wait_for_calls)

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def click(self, user: UserLike, message: MessageView, button: str) -> CallbackAnswer:
        """Let a person press a button and wait for the bot's answer."""
        return await self.callback_answer(await self.press(user, message, button))

    async def request(self, name: str, arguments: dict[str, Any]) -> Any:
        """Run one control method.

        Raises:
            ControlError: It failed; the text is the other process's.
        """
        async with self._session.post(self.url + PREFIX + name, json=arguments) as answer:
            result = (await answer.json())["result"]
            if not answer.ok:
                raise ControlError(result)
            return result
