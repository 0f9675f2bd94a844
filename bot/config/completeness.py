"""What must be there is reported in one run with what is wrong."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ModelWrapValidatorHandler, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

_S = TypeVar("_S")


def with_missing(
    data: object, handler: ModelWrapValidatorHandler[_S], missing: Callable[[Any], dict[str, str]]
) -> _S:
    """Validate *data*, and report keys that are *missing* in one run with all other problems."""
    values = data if isinstance(data, dict) else {}
    details = [
        InitErrorDetails(type=PydanticCustomError("missing", text), loc=(key,), input=None)
        for key, text in missing(values).items()
    ]
    try:
        settings = handler(data)
    except ValidationError as error:
        details += [_detail(problem) for problem in error.errors(include_input=False)]
    else:
        if not details:
            return settings
    raise ValidationError.from_exception_data("settings", details)


def _detail(problem: ErrorDetails) -> InitErrorDetails:
    sentence = problem["msg"].removeprefix("Value error, ")
    return InitErrorDetails(
        type=PydanticCustomError("problem", sentence), loc=problem["loc"], input=None
    )


def table(values: object, key: str) -> dict[str, Any]:
    """Return the table under *key*; empty if there is none, or something else."""
    table = values.get(key) if isinstance(values, dict) else None
    return table if isinstance(table, dict) else {}


def is_on(values: dict[str, Any], key: str = "enabled") -> bool:
    """Read a switch that is not validated yet; the environment writes it as a word."""
    return str(values.get(key)).lower() in {"true", "t", "yes", "y", "on", "1"}
