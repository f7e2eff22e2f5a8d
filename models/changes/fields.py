"""What was asked for, what it resolved to, and what ran: in which of these two sweeps differ."""

from collections.abc import Callable, Iterator, Mapping

from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import write_number
from steelyard.models.report.about import About
from steelyard.models.spec import grid
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Frozen

UNSET = "default"
MISSING = "not recorded"

MEANS: Mapping[str, Callable[[str], object]] = {
    "objective": Objective.parse,
    "weights": grid.weights,
    "seeds": grid.seeds,
    "train_counts": grid.counts,
    "handling": grid.names,
}
"""How to read what can be written in several ways."""

EMPTY = {
    "positive": "every class counts",
    "negative": "every other",
    "train_counts": "all",
    "imbalance": "as it comes",
    "imbalance_factor": "as it comes",
}
"""What an empty field of a partition stands for."""


class Changed(Frozen):
    """One thing that two sweeps do not have in common.

    Attributes:
        name: of the field or library; ``recipe: epochs`` where the spec does not show it.
        earlier: as people write it; ``default`` where it was not given.
        later: likewise.
    """

    name: str
    earlier: str
    later: str


def asked(earlier: Sweep, later: Sweep) -> tuple[Changed, ...]:
    """What was asked for; two ways to write the same are no change."""
    both = ((name, getattr(earlier, name), getattr(later, name)) for name in Sweep.model_fields)
    return tuple(
        Changed(name=name, earlier=_written(before), later=_written(now))
        for name, before, now in both
        if _meant(name, before) != _meant(name, now)
    )


def resolved(earlier: About, later: About, asked: tuple[Changed, ...]) -> tuple[Changed, ...]:
    """What the same words of a spec came to mean: defaults of another source or machine, or of other code.

    Args:
        earlier: partition, recipe and compute of one sweep.
        later: of the other.
        asked: what the specs do not have in common, which is not told again.
    """
    told = {changed.name for changed in asked}
    found = [each for what in ("partition", "recipe", "compute") for each in _fields(what, earlier, later)]
    return tuple(each for each in found if told.isdisjoint(each.name.split(": ")))


def versions(earlier: Mapping[str, str], later: Mapping[str, str]) -> tuple[Changed, ...]:
    """Which code and libraries ran, where that differs."""
    both = ((name, earlier.get(name, MISSING), later.get(name, MISSING)) for name in {**later, **earlier})
    return tuple(Changed(name=name, earlier=before, later=now) for name, before, now in both if before != now)


def _meant(name: str, value: object) -> object:
    return MEANS[name](value) if name in MEANS and isinstance(value, str) and value else value


def _written(value: object) -> str:
    if value is None or value == "":
        return UNSET
    if isinstance(value, bool):
        return "on" if value else "off"
    return write_number(value) if isinstance(value, float) else str(value)


def _fields(what: str, earlier: About, later: About) -> Iterator[Changed]:
    before, now = getattr(earlier, what), getattr(later, what)
    for name in type(before).model_fields:
        values = getattr(before, name), getattr(now, name)
        if values[0] != values[1]:
            written = [EMPTY.get(name, _written(value)) if value in (None, "") else _written(value) for value in values]
            yield Changed(name=f"{what}: {name}", earlier=written[0], later=written[1])
