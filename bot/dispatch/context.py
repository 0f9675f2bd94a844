"""What a handler is given, and what it gives back."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bot.config import Settings
from bot.dispatch.openings import Opening, nowhere
from bot.dispatch.registry import CommandSpec
from bot.dispatch.uploads import Upload
from bot.errors import UserError
from bot.messages import Chat, ChatKind, MessageId, network
from bot.services.bridge_rights import Rights
from bot.services.knowledge import KnowledgeBase
from bot.services.members import Person, Role
from bot.storage.engine import Session
from bot.text import catalogue
from bot.text.document import Button, Document

_REFUSALS = {
    Role.EDITOR: "editor-only",
    Role.ANNOUNCER: "announcer-only",
    Role.APPROVER: "approver-only",
    Role.ADMIN: "admin-only",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the message whose button was pressed.

    Attributes:
        body: What that message shows from now on.
        typed: What is sent as a new message to somebody who typed the button's number instead;
            ``None`` for *body*.
    """

    body: Document
    typed: Document | None = None

    @property
    def as_message(self) -> Document:
        """What to send where there is nothing to edit."""
        return self.typed or self.body


@dataclass(frozen=True, slots=True)
class Farewell:
    """The last message to somebody who was just erased: nothing is kept of it.

    Attributes:
        body: What it says.
    """

    body: Document

    @property
    def as_message(self) -> Document:
        """What is sent: there is nothing to edit any more."""
        return self.body


Reply = Document | Edit | Farewell | None
"""What a handler answers; ``None`` is silence."""


@dataclass(frozen=True, slots=True)
class Afar:
    """From where somebody decides for a chat in which they can't write to the bot.

    Attributes:
        channel: The network on which they write.
        command: What stands there before the command for that chat, such as ``kanal 3``.
    """

    channel: str
    command: str


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a handler may use.

    Attributes:
        session: The transaction that also holds the reply and the cursor; handed to services.
        now: The instant at which the event is handled.
        settings: The operator's.
        knowledge: The entries and the engine that finds them.
        chat: Where.
        message: The message being answered, or the one whose button was pressed.
        person: Who; ``None`` when nobody in particular (the bot was added to a room).
        language: In which language to answer.
        ambient: Whether the message was not addressed to the bot.
        commands: Every command there is.
        unsure: Whether the network did not say if this person moderates the chat.
        afar: From where, if *chat* is another one than that in which the person writes.
        upload: The file that came with the answer to something the bot asked.
        opening: Returns the address that begins a conversation with the bot on a network, given
            what it is to say first; ``None`` where there is no such thing.
        reply_to: The message that *message* replies to, if any.
        rights: Who leads other chats, as far as the handler asked for it and networks said.
    """

    session: Session
    now: datetime
    settings: Settings
    knowledge: KnowledgeBase
    chat: Chat
    message: MessageId
    person: Person | None
    language: str
    ambient: bool
    commands: tuple[CommandSpec, ...]
    unsure: bool = False
    afar: Afar | None = None
    upload: Upload | None = None
    opening: Opening = nowhere
    reply_to: MessageId | None = None
    rights: Rights = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day that it is at the hub."""
        return self.now.astimezone(self.settings.hub.zone).date()

    @property
    def is_direct(self) -> bool:
        """Whether nobody else reads along."""
        return self.chat.kind is ChatKind.DIRECT

    @property
    def prefix(self) -> Literal["/", "!"]:
        """What commands begin with on the network where the person writes."""
        channel = self.afar.channel if self.afar else self.chat.address.channel
        return "!" if network(channel) == "matrix" else "/"

    def typed(self, command: str) -> str:
        """Return a command for this chat as the person types it."""
        return (
            f"{self.prefix}{self.afar.command} {command}" if self.afar else self.prefix + command
        )

    @property
    def member(self) -> Person:
        """The person, where there surely is one: in answers to messages and buttons."""
        if self.person is None:
            msg = "nobody in particular caused this event"
            raise RuntimeError(msg)
        return self.person

    def may(self, spec: CommandSpec) -> bool:
        """Tell whether this person may use a command here."""
        allowed = self.person.may(spec.role) if self.person else spec.role is Role.MEMBER
        return allowed and (spec.where is None or spec.where is self.chat.kind)

    def require(self, role: Role) -> None:
        """Make sure that this person has *role* here.

        Raises:
            UserError: Not so, or nobody knows.
        """
        if self.member.may(role):
            return
        if role is Role.MODERATOR:
            raise UserError("moderator-unknown" if self.unsure else "moderator-only")
        raise UserError(_REFUSALS[role])

    @property
    def help_hint(self) -> Document:
        """How all commands are listed here; clients on Matrix keep ``/help`` to themselves."""
        return self.say("help-hint", help=f"{self.prefix}help")

    def say(self, name: str, /, **values: str | int) -> Document:
        """Return a message of the catalogue in the right language."""
        return catalogue.document(self.language, name, **values)

    def text(self, name: str, /, **values: str | int) -> str:
        """Return a message of the catalogue as bare text."""
        return catalogue.text(self.language, name, **values)

    def button(self, name: str, value: str) -> Button:
        """Return a button with a label of the catalogue."""
        return Button(label=self.text(name), value=value)
