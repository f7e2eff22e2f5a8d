"""The weights of a grid as people write them: of the positive class, of classes by name, or powers of the frequency."""

from typing import NamedTuple

from steelyard.models.errors import BadInput
from steelyard.models.names import printable
from steelyard.models.spec import grid

POWER = "power:"
HIGHEST = 4.0
"""Power of the inverse frequency; 1 balances, 2 turns the imbalance round."""


class WeightGrid(NamedTuple):
    """One of the three is filled, or none.

    Attributes:
        numbers: weights of the positive class, in (0, 1]; the negative class gets the rest.
        vectors: class -> its weight, > 0, relative to the others; a class that is not named weighs 1.
        powers: of the inverse class frequency, in [0, ``HIGHEST``].
    """

    numbers: tuple[float, ...] = ()
    vectors: tuple[dict[str, float], ...] = ()
    powers: tuple[float, ...] = ()


def parse(text: str) -> WeightGrid:
    """Read ``0.7,0.8``, ``0.5:0.95:10``, ``cat=1,dog=4;cat=1,dog=9``, ``power:0.5,1`` or ``power:0:1:5``.

    Raises:
        BadInput: none of these, or a number out of range.
    """
    if text.strip().startswith(POWER):
        return WeightGrid(powers=_powers(text.strip().removeprefix(POWER), text))
    if "=" in text:
        return WeightGrid(vectors=tuple(_vector(part, text) for part in text.split(";") if part.strip()))
    return WeightGrid(numbers=grid.weights(text))


def _powers(written: str, text: str) -> tuple[float, ...]:
    try:
        values = grid.spaced(written) if ":" in written else [float(part) for part in grid.names(written)]
    except ValueError:
        values = []
    if not values or not all(0 <= value <= HIGHEST for value in values):
        raise BadInput(
            f"weights must be power: and powers from 0 to {HIGHEST:g}, as power:0.5,1 or power:0:1:5 (from:to:how "
            f"many), got {text!r}"
        )
    return tuple(dict.fromkeys(round(value, 6) for value in values))


def _vector(written: str, text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in grid.names(written):
        name, equals, weight = part.rpartition("=")
        value = _number(weight)
        if not equals or not name.strip() or not 1e-6 <= value <= 1e6 or name.strip() in found:
            raise BadInput(
                f"weights must name each class once with a weight from 0.000001 to 1000000, as cat=1,dog=4 (; between "
                f"several), got {printable(text)!r}"
            )
        found[printable(name.strip())] = value
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
