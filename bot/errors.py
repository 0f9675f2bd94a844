"""The one error tree. The type says what to do next; fields carry facts, not prose."""

from datetime import timedelta


class StadtfunkError(Exception):
    """Anything that goes wrong and that this program knows a word for."""


class ConfigurationError(StadtfunkError):
    """The configuration can't be used.

    Attributes:
        problems: One line per problem, each with its key; without secrets.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ModelError(StadtfunkError):
    """A folder holds no sentence model that can be used; names the file and says what to do."""


class UserError(StadtfunkError):
    """A member asked for something that can't be done; worded in their language at the edge.

    Attributes:
        message: The catalogue's name of the sentence.
        values: What fills its placeholders.
    """

    def __init__(self, message: str, **values: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class StorageError(StadtfunkError):
    """The database can't be used now (locked, full, absent); the same call may succeed later."""


class LeaseLostError(StorageError):
    """Another process acts for this now; what this one wanted to keep was not kept.

    Attributes:
        name: Of the lease.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"another process has taken over: {name}")
        self.name = name


class SchemaError(StadtfunkError):
    """The database's schema does not fit this program: an operator has to act."""


class BackupError(StadtfunkError):
    """A backup can't be written, read or restored; one line that says why, and what to do."""


class ChannelError(StadtfunkError):
    """A chat network, or the way to it, failed."""


class ChannelUnavailableError(ChannelError):
    """The network can't be reached or failed; receiving may succeed later.

    Attributes:
        retry_after: How long the service asked us to wait, or ``None`` when it did not say.
    """

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class ChannelDownError(ChannelError):
    """The network refuses our account: an operator has to act.

    The message says what and where, for instance ``the token was refused (401):
    channels.telegram.token``; never the secret itself.
    """


class DeliveryError(ChannelError):
    """One message could not be delivered."""


class TemporaryDeliveryError(DeliveryError):
    """The network or the chat service failed; the same message may succeed later.

    Attributes:
        retry_after: How long the service asked us to wait, or ``None`` when it did not say.
        uncertain: Whether the message may have been delivered all the same (the answer was
            lost after the request had left).
        whole_channel: Whether the wait is for everything on this channel.
        outage: Whether the network or the way to it failed, and not this message.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry_after: timedelta | None = None,
        uncertain: bool = False,
        whole_channel: bool = False,
        outage: bool = False,
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.whole_channel = whole_channel
        self.outage = outage


class MessageRejectedError(DeliveryError):
    """The network will never accept this message; other messages to the chat may pass."""


class RecipientGoneError(DeliveryError):
    """The network will never accept anything for this recipient."""


class RecipientMovedError(DeliveryError):
    """The chat lives on under another id.

    Attributes:
        to: The new chat id on the same channel.
    """

    def __init__(self, to: str) -> None:
        super().__init__(f"moved to {to}")
        self.to = to
