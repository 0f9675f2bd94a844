"""What the Bot API answers when it refuses, in its own words."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal as the Bot API words it.

    Attributes:
        code: The HTTP status and ``error_code``.
        description: The whole ``description``, prefix included.
        parameters: ``retry_after`` or ``migrate_to_chat_id``, or empty.
    """

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters: dict[str, int] = parameters

    def body(self) -> dict[str, Any]:
        """Return the JSON answer."""
        answer: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


class ControlError(Exception):
    """A test asked for something that no person on Telegram could do."""


def bad_request(text: str, **parameters: int) -> ApiError:
    """Return a 400."""
    return ApiError(400, f"Bad Request: {text}", **parameters)


def forbidden(text: str) -> ApiError:
    """Return a 403."""
    return ApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> ApiError:
    """Return a 409."""
    return ApiError(409, f"Conflict: {text}")


def flood(retry_after: int) -> ApiError:
    """Return a 429 that asks for a pause of *retry_after* seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def unauthorized() -> ApiError:
    """Return the 401 of an unknown or revoked token."""
    return ApiError(401, "Unauthorized")
