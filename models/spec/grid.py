"""The small languages of the grid: weights, seeds, counts and names, each one string so that it fits any form."""

from steelyard.models.errors import BadInput

WHY_NOT_ZERO = "a weight of 0 makes a batch without the other class 0/0 = NaN"
LARGEST_GRID = 10_000
LARGEST_SEED = 2**32 - 1


def names(text: str) -> tuple[str, ...]:
    """Comma-separated names, blanks dropped: ``"downsample, upsample"`` -> ``("downsample", "upsample")``."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def weights(text: str) -> tuple[float, ...]:
    """Weights of the positive class: ``"0.7,0.8,0.9"`` or ``"0.5:0.95:10"`` (from:to:how many, ends included).

    Args:
        text: the grid; "" gives no weights.

    Returns:
        Weights in (0, 1], no unit, rounded to 6 decimals, in the order given. The negative class gets the rest to 1.

    Raises:
        BadInput: not a number, not above 0 or above 1, or a grid that does not ascend.
    """
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


def spaced(text: str) -> list[float]:
    """``"0:1:5"`` -> 0, 0.25, 0.5, 0.75, 1.

    Raises:
        ValueError: not from:to:count with from < to and a count from 2 to ``LARGEST_GRID``.
    """
    start, stop, count = text.split(":")
    if not float(start) < float(stop) or not 2 <= int(count) <= LARGEST_GRID:
        raise ValueError(f"must be from:to:count that ascends, got {text!r}")
    return _steps(float(start), float(stop), int(count))


def _steps(start: float, stop: float, count: int) -> list[float]:
    return [start + (stop - start) * i / (count - 1) for i in range(count)]


def _number(part: str, text: str) -> float:
    try:
        return float(part)
    except ValueError:
        raise BadInput(f"weights must be numbers like 0.7,0.8,0.9 or 0.5:0.95:10, got {text!r}") from None


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
    found: dict[str, int] = {}
    for part in names(text):
        name, equals, count = part.rpartition("=")
        if not equals or not name or not count.strip().isdecimal() or int(count) < 1 or name.strip() in found:
            raise BadInput(f"train-counts must be name=count,... with counts >= 1, each class once, got {text!r}")
        found[name.strip()] = int(count)
    return found
