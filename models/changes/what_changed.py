"""What changed from one sweep to another: what was asked for, what ran, and what each cell gives."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from steelyard.models.changes.metric_changes import Change, differences
from steelyard.models.changes.pairing import Pairing
from steelyard.models.objective.grammar import write_number
from steelyard.models.report.dossier import About, Dossier
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scored_trials import Cell


class Standing(NamedTuple):
    """What one cell was in one sweep, and its place among the cells there: 1 for the recommended one."""

    place: int
    verdict: CellVerdict


class CellChange(Frozen):
    """One cell in both sweeps, or in one of them: ``earlier`` or ``later`` is None where no trial of it finished.

    Changes are by metric, as ``Pairing.metrics`` names it; none where the cell is in one sweep alone, or the sweeps are
    about different things.
    """

    cell: str
    earlier: Standing | None
    later: Standing | None
    changes: dict[str, Change]


class Changed(Frozen):
    """A field or library that differs, as people write it; ``recipe: epochs`` where the spec does not show it."""

    name: str
    earlier: str
    later: str


class Changes(Frozen):
    """What changed from one sweep to another.

    Attributes:
        best: metric -> the change from the recommended cell of the earlier to that of the later; empty where the two
            are about different things.
        spec: what was asked for and is not the same, then what the same words resolved to.
        versions: of code, Python and libraries, where they are not the same.
        cells: those of both in the later's order, then those of the later alone, then those of the earlier alone.
        answer: in words, what the recommended cell of each gives and whether they differ; then what changed.
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
    cells, best = tuple(_cells(pairing)), [sweep.best for sweep in pairing.sweeps]
    asked = tuple(_fields("", *(sweep.spec.model_dump() for sweep in pairing.sweeps)))
    return Changes(
        best=differences(pairing, [(best[0], best[1])])[0] if pairing.same_subject else {},
        spec=(*asked, *_resolved(earlier, later, {changed.name for changed in asked})),
        versions=tuple(_fields("", earlier.versions, later.versions)),
        cells=cells,
    )


def _cells(pairing: Pairing) -> Iterator[CellChange]:
    before, now = map(_standings, pairing.sweeps)
    both = [key for key in now if key in before]
    pairs = [(before[key].verdict, now[key].verdict) for key in both] if pairing.same_subject else []
    found = dict(zip(both, differences(pairing, pairs), strict=False))
    for key in dict.fromkeys([*both, *now, *before]):
        yield CellChange(cell=key[0], earlier=before.get(key), later=now.get(key), changes=found.get(key, {}))


def _standings(sweep: Dossier) -> dict[Cell, Standing]:
    return {cell.key: Standing(place, cell) for place, cell in enumerate(sweep.cells, start=1)}


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
        return "default"
    if isinstance(value, bool):
        return "on" if value else "off"
    return write_number(value) if isinstance(value, float) else str(value)
