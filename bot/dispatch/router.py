"""Routers bind commands, buttons and questions to handlers, readable in one place."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Reply
from bot.dispatch.registry import CommandSpec, Elsewhere, alone
from bot.messages import Change, ChatKind
from bot.services.members import Role

_K = TypeVar("_K")
_V = TypeVar("_V")

CommandHandler = Callable[[Command, Context], Awaitable[Reply]]
ButtonHandler = Callable[[str, Context], Awaitable[Reply]]
QuestionHandler = Callable[[str, Context], Awaitable[Reply]]
DialogHandler = Callable[[str, Any, Context], Awaitable[Reply]]
ReplyHandler = Callable[[str, str, Context], Awaitable[Reply]]
ChangeHandler = Callable[[Context], Awaitable[Reply]]
PayloadHandler = Callable[[str, Context], Awaitable[Reply]]


@dataclass
class Router:
    """The handlers of one subject."""

    commands: list[tuple[CommandSpec, CommandHandler]] = field(default_factory=list)
    buttons: dict[str, tuple[Role, ButtonHandler]] = field(default_factory=dict)
    elsewhere: dict[str, Elsewhere] = field(default_factory=dict)
    questions: list[QuestionHandler] = field(default_factory=list)
    dialogs: dict[str, DialogHandler] = field(default_factory=dict)
    replies: dict[str, tuple[Role, ReplyHandler]] = field(default_factory=dict)
    changes: dict[Change, ChangeHandler] = field(default_factory=dict)
    payloads: dict[str, PayloadHandler] = field(default_factory=dict)

    def command(
        self,
        *also: str,
        de: str,
        en: str,
        about: str,
        role: Role = Role.MEMBER,
        where: ChatKind | None = None,
        bare: Callable[[str], bool] = alone,
        standing: bool = False,
        always: bool = False,
        elsewhere: Elsewhere | None = None,
    ) -> Callable[[CommandHandler], CommandHandler]:
        """Bind a command; see :class:`CommandSpec`.

        A name of two words, such as ``trennen konto``, takes the command of the first word only
        where the second one stands behind it; other handlers may have it otherwise.
        """
        spec = CommandSpec(
            {"de": de, "en": en}, about, also, role, where, bare, standing, always, elsewhere
        )

        def bind(handler: CommandHandler) -> CommandHandler:
            self.commands.append((spec, handler))
            return handler

        return bind

    def button(
        self, subject: str, *, role: Role = Role.MEMBER, elsewhere: Elsewhere | None = None
    ) -> Callable[[ButtonHandler], ButtonHandler]:
        """Bind the buttons whose value is ``subject:rest``; the handler gets the rest.

        Nobody below *role* may press them. *elsewhere* as in :class:`CommandSpec`.
        """

        def bind(handler: ButtonHandler) -> ButtonHandler:
            self.buttons[subject] = (role, handler)
            if elsewhere is not None:
                self.elsewhere[subject] = elsewhere
            return handler

        return bind

    def question(self, handler: QuestionHandler) -> QuestionHandler:
        """Bind what is neither a command nor a button."""
        self.questions.append(handler)
        return handler

    def dialog(self, subject: str) -> Callable[[DialogHandler], DialogHandler]:
        """Bind what answers a question of *subject*; see :mod:`bot.services.dialogs`.

        The handler gets the text and what was found out so far. The question stays open when it
        refuses the answer.
        """

        def bind(handler: DialogHandler) -> DialogHandler:
            self.dialogs[subject] = handler
            return handler

        return bind

    def reply(
        self, subject: str, *, role: Role = Role.MEMBER
    ) -> Callable[[ReplyHandler], ReplyHandler]:
        """Bind what is said in reply to a message of ours that tells about ``subject:rest``.

        That is the *source* of its delivery. The handler gets the text and the rest. Nobody below
        *role* may reply; buttons and commands of the message go where they always go.
        """

        def bind(handler: ReplyHandler) -> ReplyHandler:
            self.replies[subject] = (role, handler)
            return handler

        return bind

    def payload(self, subject: str) -> Callable[[PayloadHandler], PayloadHandler]:
        """Bind addresses that begin a conversation with ``/start subject_rest``.

        The handler gets the rest.
        """

        def bind(handler: PayloadHandler) -> PayloadHandler:
            self.payloads[subject] = handler
            return handler

        return bind

    def change(self, change: Change) -> Callable[[ChangeHandler], ChangeHandler]:
        """Bind what happens to a chat."""

        def bind(handler: ChangeHandler) -> ChangeHandler:
            self.changes[change] = handler
            return handler

        return bind


class RoutingTable:
    """All routers as one; a name that is bound twice is a mistake found at start.

    Raises:
        ValueError: Two handlers want the same command, button, question, reply, change or payload.
    """

    def __init__(self, routers: Sequence[Router]) -> None:
        self.specs = tuple(spec for router in routers for spec, _ in router.commands)
        self._commands: dict[str, tuple[CommandSpec, CommandHandler]] = {}
        self._buttons: dict[str, tuple[Role, ButtonHandler]] = {}
        self._elsewhere: dict[str, Elsewhere] = {}
        self._dialogs: dict[str, DialogHandler] = {}
        self._replies: dict[str, tuple[Role, ReplyHandler]] = {}
        self._changes: dict[Change, ChangeHandler] = {}
        self._payloads: dict[str, PayloadHandler] = {}
        questions = [handler for router in routers for handler in router.questions]
        if len(questions) != 1:
            msg = f"exactly one handler takes questions, not {len(questions)}"
            raise ValueError(msg)
        self.question = questions[0]
        for router in routers:
            self._add(router)

    def _add(self, router: Router) -> None:
        for spec, handler in router.commands:
            for name in spec.all_names:
                _bind(self._commands, fold(name), (spec, handler))
        for subject, button in router.buttons.items():
            _bind(self._buttons, subject, button)
        self._elsewhere |= router.elsewhere
        for subject, answer in router.dialogs.items():
            _bind(self._dialogs, subject, answer)
        for subject, take in router.replies.items():
            _bind(self._replies, subject, take)
        for change, handle in router.changes.items():
            _bind(self._changes, change, handle)
        for subject, start in router.payloads.items():
            _bind(self._payloads, subject, start)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, folded, whoever may use it."""
        return tuple(self._commands)

    def names_for(self, context: Context) -> list[str]:
        """Return every name, folded, that works for this person in this chat."""
        return [name for name, (spec, _) in self._commands.items() if context.may(spec)]

    def command(self, name: str) -> tuple[CommandSpec, CommandHandler] | None:
        """Return the command of this folded name."""
        return self._commands.get(name)

    def obeying(self, command: Command) -> tuple[CommandSpec, CommandHandler] | None:
        """Return what takes a command as it was typed: that of two words, if they are there."""
        word, _, _ = command.argument.partition(" ")
        worded = self._commands.get(f"{command.name} {fold(word)}")
        return worded or self._commands.get(command.name)

    def payload(self, command: Command) -> tuple[PayloadHandler, str] | None:
        """Return what takes the ``/start`` of an address that says what it is for."""
        subject, _, rest = command.argument.partition("_")
        bound = self._payloads.get(subject) if command.name == "start" else None
        return (bound, rest) if bound else None

    def button(self, value: str) -> tuple[Role, ButtonHandler, str] | None:
        """Return who may press a button of this value, its handler, and what that is given."""
        subject, _, rest = value.partition(":")
        bound = self._buttons.get(subject)
        return (*bound, rest) if bound else None

    def elsewhere(self, value: str) -> tuple[Elsewhere | None, str]:
        """Return what a button needs to know of other chats, and what that is given."""
        subject, _, rest = value.partition(":")
        return self._elsewhere.get(subject), rest

    def dialog(self, subject: str) -> DialogHandler | None:
        """Return what takes the answer to a question of this *subject*."""
        return self._dialogs.get(subject)

    def reply(self, source: str | None) -> tuple[Role, ReplyHandler, str] | None:
        """Return who may reply to a message of this *source*, what takes it, and what is given."""
        subject, _, rest = (source or "").partition(":")
        bound = self._replies.get(subject)
        return (*bound, rest) if bound else None

    def change(self, change: Change) -> ChangeHandler | None:
        """Return the handler of a change."""
        return self._changes.get(change)


def _bind(table: dict[_K, _V], key: _K, value: _V) -> None:
    if key in table:
        msg = f"{key!r} is bound twice"
        raise ValueError(msg)
    table[key] = value
