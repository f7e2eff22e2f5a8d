"""What changed from one sweep to another: what was asked for, what ran, and what each cell gives."""

from collections.abc import Iterator, Mapping

from steelyard.models.changes.metric_changes import Change, differences
from steelyard.models.changes.pairing import Pairing
from steelyard.models.objective.grammar import write_number
from steelyard.models.report.dossier import About
from steelyard.models.spec.trial import Frozen


class CellChange(Frozen):
    """A cell, its place among those of each sweep, 1 for the one to use and None without it, and changes by metric."""

    cell: str
    earlier: int | None
    later: int | None
    changes: dict[str, Change]


class Changed(Frozen):
    """A field or library that differs, as people write it; ``recipe: epochs`` where the spec does not show it."""

    name: str
    earlier: str
    later: str


class Changes(Frozen):
    """What changed from one sweep to another.

    Attributes:
        best: metric -> change of the recommended cell; empty where the two are about different things.
        spec: what was asked for and is not the same, then what the same words resolved to.
        versions: of code, Python and libraries, where they are not the same.
        cells: those of both in the later's order, then those of one alone.
        answer: in words, what the recommended cell of each gives, and what changed.
        data: in words, what happened to the images, a line each.
    """

    best: dict[str, Change]
    spec: tuple[Changed, ...]
    versions: tuple[Changed, ...]
    cells: tuple[CellChange, ...]
    answer: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


def changes(pairing: Pairing) -> Changes:
    """Find what changed, without its words."""
    earlier, later = (sweep.about for sweep in pairing.sweeps)
    asked = tuple(_fields("", *(sweep.spec.model_dump() for sweep in pairing.sweeps)))
    return Changes(
        best=differences(pairing, [(pairing.earlier.best, pairing.later.best)])[0],
        spec=(*asked, *_resolved(earlier, later, {changed.name for changed in asked})),
        versions=tuple(_fields("", earlier.versions, later.versions)),
        cells=tuple(_cells(pairing)),
    )


def _cells(pairing: Pairing) -> Iterator[CellChange]:
    before, now = ({cell.key: cell for cell in sweep.cells} for sweep in pairing.sweeps)
    both, places = [key for key in now if key in before], [[None, *of] for of in (before, now)]
    found = dict(zip(both, differences(pairing, [(before[key], now[key]) for key in both]), strict=True))
    for key in dict.fromkeys([*both, *now, *before]):
        earlier, later = (of.index(key) if key in of else None for of in places)
        yield CellChange(cell=key[0], earlier=earlier, later=later, changes=found.get(key, {}))


def _resolved(earlier: About, later: About, asked: set[str]) -> Iterator[Changed]:
    """What the same words of a spec came to mean; what the specs do not have in common is not told again."""
    for what in ("partition", "recipe", "compute"):
        fields = (getattr(about, what).model_dump(exclude=asked) for about in (earlier, later))
        yield from _fields(f"{what}: ", *fields) if what not in asked else ()


def _fields(prefix: str, earlier: Mapping[str, object], later: Mapping[str, object]) -> Iterator[Changed]:
    for name in {**later, **earlier}:
        before, now = earlier.get(name), later.get(name)
        if before != now:
            yield Changed(name=f"{prefix}{name}", earlier=_written(before), later=_written(now))


def _written(value: object) -> str:
    if value is None or value == "":
        return "not given"
    if isinstance(value, bool):
        return "on" if value else "off"
    return write_number(value) if isinstance(value, float) else str(value)
