"""What the HTTP library reports, in our words."""

import aiohttp

from bot.fetching.resolving import PrivateAddress
from bot.fetching.trouble import FetchError, PrivateAddressError, Trouble


def in_words(error: Exception, host: str) -> FetchError:
    """Return what went wrong between us and *host*."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, PrivateAddress):
        return PrivateAddressError(host)
    kind, reason = _kind(error)
    return FetchError(kind, f"{host}: {reason}")


def _kind(error: Exception) -> tuple[Trouble, str]:  # noqa: PLR0911 # a table, in the end
    match error:
        case TimeoutError():
            return Trouble.TIMEOUT, "took too long"
        # Subclasses of connection errors, so they have to be asked about first.
        case aiohttp.ClientConnectorCertificateError():
            return Trouble.INSECURE, f"the certificate is not accepted: {_certificate(error)}"
        case aiohttp.ClientSSLError():
            return Trouble.INSECURE, "no encrypted connection can be made"
        case aiohttp.ClientConnectorDNSError():
            return Trouble.TEMPORARY, "there is no address for this name"
        case aiohttp.ClientConnectorError(os_error=cause):
            return Trouble.TEMPORARY, f"can't be reached: {cause.strerror or cause}"
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError() | OSError():
            return Trouble.TEMPORARY, "the answer was cut off"
        case aiohttp.InvalidURL():
            return Trouble.REFUSED, "this is no address that can be asked"
        case _:
            return Trouble.BROKEN, "what came is no sound HTTP"


def _certificate(error: aiohttp.ClientConnectorCertificateError) -> str:
    return getattr(error.certificate_error, "verify_message", "") or "it is not valid"
