"""The small languages of the grid: weights, seeds, counts and names, each one string so that it fits any form."""

from typing import NamedTuple

from steelyard.models.errors import BadInput
from steelyard.models.names import printable

WHY_NOT_ZERO = "a weight of 0 makes a batch without the other class 0/0 = NaN"
LARGEST_GRID = 10_000
LARGEST_SEED = 2**32 - 1

POWER = "power:"
HIGHEST = 4.0
"""Power of the inverse frequency; 1 balances, 2 turns the imbalance round."""

DEFAULT_POWERS = (0.5, 1.0)
"""Where every class counts and no weights are given."""


class Weights(NamedTuple):
    """The weights of a grid; one of the three is filled, or none.

    Attributes:
        numbers: weights of the positive class, in (0, 1], six decimals; the negative class gets the rest to 1.
        vectors: class -> its weight, > 0, relative to the others; a class that is not named weighs 1.
        powers: of the inverse class frequency, in [0, ``HIGHEST``].
    """

    numbers: tuple[float, ...] = ()
    vectors: tuple[dict[str, float], ...] = ()
    powers: tuple[float, ...] = ()


def names(text: str) -> tuple[str, ...]:
    """Comma-separated names, blanks dropped: ``"downsample, upsample"`` -> ``("downsample", "upsample")``."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def weights(text: str) -> Weights:
    """Read ``0.7,0.8``, ``0.5:0.95:10``, ``cat=1,dog=4;cat=1,dog=9``, ``power:0.5,1`` or ``power:0:1:5``.

    A range is from:to:how many, both ends included.

    Raises:
        BadInput: none of these, or a number out of range.
    """
    if text.strip().startswith(POWER):
        return Weights(powers=_powers(text.strip().removeprefix(POWER), text))
    if "=" in text:
        return Weights(vectors=tuple(_vector(part, text) for part in text.split(";") if part.strip()))
    return Weights(numbers=_numbers(text))


def _numbers(text: str) -> tuple[float, ...]:
    exact = _range(text) if ":" in text else [_number(part, text) for part in names(text)]
    values = tuple(round(value, 6) for value in exact)
    for value in values:
        if not 0 < value <= 1:
            raise BadInput(
                f"weights must lie strictly between 0 and 1, got {value:g}; the negative class gets the rest, "
                f"and {WHY_NOT_ZERO}: try 0.95 (recipe tutorial also takes 1)"
            )
    return values


def _range(text: str) -> list[float]:
    parts = text.split(":")
    if len(parts) != 3 or not parts[2].strip().isdecimal() or not 2 <= int(parts[2]) <= LARGEST_GRID:
        raise BadInput(f"weights must be from:to:count, count from 2 to {LARGEST_GRID}, got {text!r}; try 0.5:0.95:10")
    start, stop, count = _number(parts[0], text), _number(parts[1], text), int(parts[2])
    if not start < stop:
        raise BadInput(f"weights must ascend from < to, got {text!r}; swap the ends: {parts[1]}:{parts[0]}:{count}")
    return _steps(start, stop, count)


def _steps(start: float, stop: float, count: int) -> list[float]:
    return [start + (stop - start) * i / (count - 1) for i in range(count)]


def _number(part: str, text: str) -> float:
    try:
        return float(part)
    except ValueError:
        raise BadInput(f"weights must be numbers like 0.7,0.8,0.9 or 0.5:0.95:10, got {text!r}") from None


def _powers(written: str, text: str) -> tuple[float, ...]:
    try:
        values = _spaced(written) if ":" in written else [float(part) for part in names(written)]
    except ValueError:
        values = []
    if not values or not all(0 <= value <= HIGHEST for value in values):
        raise BadInput(
            f"weights must be power: and powers from 0 to {HIGHEST:g}, as power:0.5,1 or power:0:1:5 (from:to:how "
            f"many), got {text!r}"
        )
    return tuple(dict.fromkeys(round(value, 6) for value in values))


def _spaced(text: str) -> list[float]:
    start, stop, count = text.split(":")
    if not float(start) < float(stop) or not 2 <= int(count) <= LARGEST_GRID:
        return []
    return _steps(float(start), float(stop), int(count))


def _vector(written: str, text: str) -> dict[str, float]:
    vector: dict[str, float] = {}
    for part in names(written):
        name, equals, weight = part.rpartition("=")
        try:
            value = float(weight)
        except ValueError:
            value = 0.0
        if not equals or not name.strip() or not 1e-6 <= value <= 1e6 or name.strip() in vector:
            raise BadInput(
                f"weights must name each class once with a weight from 0.000001 to 1000000, as cat=1,dog=4 (; between "
                f"several), got {printable(text)!r}"
            )
        vector[printable(name.strip())] = value
    return vector


def seeds(text: str) -> tuple[int, ...]:
    """Seeds: ``"3"`` is 1, 2, 3; ``"7,"`` is only 7; ``"1,5,9"`` is as it says; repeats run once.

    Raises:
        BadInput: not whole numbers, none at all, negative, or beyond 2^32 - 1.
    """
    parts = names(text)
    if not parts or not all(part.isdecimal() for part in parts):
        raise BadInput(f"seeds must be a count like 3 or a list like 1,5,9 (or 7, for only 7), got {text!r}")
    if "," in text:
        listed = tuple(dict.fromkeys(int(part) for part in parts))
        if max(listed) > LARGEST_SEED:
            raise BadInput(f"seeds must be at most {LARGEST_SEED}, got {max(listed)}; try 1,2,3")
        return listed
    if not 1 <= int(text) <= LARGEST_GRID:
        raise BadInput(f"seeds must be a count from 1 to {LARGEST_GRID}, got {text}; seeds 3 trains with 1, 2 and 3")
    return tuple(range(1, int(text) + 1))


def counts(text: str) -> dict[str, int]:
    """Training images per class: ``"cat=4800,dog=1200"`` -> ``{"cat": 4800, "dog": 1200}``.

    Raises:
        BadInput: not ``name=count``, a count below 1, or a class named twice.
    """
    per_class: dict[str, int] = {}
    for part in names(text):
        name, equals, count = part.rpartition("=")
        if not equals or not name or not count.strip().isdecimal() or int(count) < 1 or name.strip() in per_class:
            raise BadInput(f"train-counts must be name=count,... with counts >= 1, each class once, got {text!r}")
        per_class[name.strip()] = int(count)
    return per_class
