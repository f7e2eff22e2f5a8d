"""What was wrong with an input, in one line of text, whichever layer noticed it."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from steelyard.models.errors import BadInput
from steelyard.models.names import cut, printable


def one_line(error: Exception) -> str:
    """What an error says, in one line that a terminal can show; the words of our own exception come first."""
    cause = error if isinstance(error, ValidationError | BadInput) else error.__cause__
    if isinstance(cause, ValidationError):
        return "; ".join(said(detail) for detail in cause.errors())
    return _flat(str(error))


def said(detail: ErrorDetails) -> str:
    """What pydantic found, as ``epochs must be a valid integer, got 'many'``."""
    own = detail.get("ctx", {}).get("error")
    if isinstance(own, BadInput):
        return _flat(str(own))
    wanted, got = detail["msg"].removeprefix("Input should be "), cut(str(detail["input"]))
    # An error of the whole has no place.
    name = str(detail["loc"][-1]).replace("_", "-") if detail["loc"] else "input"
    return _flat(f"{name} cannot be used ({own}), got {got!r}" if own else f"{name} must be {wanted}, got {got!r}")


def _flat(text: str) -> str:
    return printable(" ".join(text.split()))
