"""What changed from one sweep to another: what was asked for, what ran, and what each cell gives on test."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from steelyard.models.changes.metric_changes import Change, differences
from steelyard.models.changes.pairing import Pairing
from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import write_number
from steelyard.models.report.dossier import About
from steelyard.models.spec import grid
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scored_trials import Cell

UNSET = "default"

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
    """One field or library that two sweeps do not have in common; ``recipe: epochs`` where the spec does not show it.

    Both values are as people write them; ``default`` where none was given.
    """

    name: str
    earlier: str
    later: str


class Changes(Frozen):
    """What changed from one sweep to another.

    Attributes:
        best: metric -> the change from the best cell of the earlier to that of the later; empty where the two are about
            different things.
        spec: what was asked for and is not the same, then what the same words resolved to.
        versions: of code, Python and libraries, where they are not the same.
        cells: those of both in the later's order, then those of the later alone, then those of the earlier alone.
        answer: in words, what the best cell of each gives and whether they differ; then what changed.
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
    earlier, later = pairing.sweeps
    differs, asked = _differences(pairing), _asked(earlier.spec, later.spec)
    return Changes(
        best=differs.get((earlier.best.key, later.best.key), {}),
        spec=(*asked, *_resolved(earlier.about, later.about, asked)),
        versions=_versions(earlier.about.versions, later.about.versions),
        cells=tuple(_cells(pairing, differs)),
    )


def _differences(pairing: Pairing) -> dict[tuple[Cell, Cell], dict[str, Change]]:
    """Of the cells that both sweeps have, and of the best of each; none where they are about different things."""
    if not pairing.same_subject:
        return {}
    before, now = ({cell.key: cell for cell in sweep.cells} for sweep in pairing.sweeps)
    pairs = {(key, key): (before[key], now[key]) for key in now if key in before}
    best, best_now = pairing.earlier.best, pairing.later.best
    pairs[best.key, best_now.key] = best, best_now
    return dict(zip(pairs, differences(pairing, list(pairs.values()), pairing.metrics), strict=True))


def _cells(pairing: Pairing, differs: Mapping[tuple[Cell, Cell], dict[str, Change]]) -> Iterator[CellChange]:
    before, now = (
        {cell.key: Standing(place, cell) for place, cell in enumerate(sweep.cells, start=1)} for sweep in pairing.sweeps
    )
    both, later = [key for key in now if key in before], [key for key in now if key not in before]
    for key in (*both, *later, *(key for key in before if key not in now)):
        changes = differs.get((key, key), {})
        yield CellChange(cell=key[0], earlier=before.get(key), later=now.get(key), changes=changes)


def _asked(earlier: Sweep, later: Sweep) -> tuple[Changed, ...]:
    """What was asked for; two ways to write the same are no change."""
    both = ((name, getattr(earlier, name), getattr(later, name)) for name in Sweep.model_fields)
    return tuple(
        Changed(name=name, earlier=_written(before), later=_written(now))
        for name, before, now in both
        if _meant(name, before) != _meant(name, now)
    )


def _meant(name: str, value: object) -> object:
    return MEANS[name](value) if name in MEANS and isinstance(value, str) and value else value


def _written(value: object, unset: str = UNSET) -> str:
    if value is None or value == "":
        return unset
    if isinstance(value, bool):
        return "on" if value else "off"
    return write_number(value) if isinstance(value, float) else str(value)


def _resolved(earlier: About, later: About, asked: tuple[Changed, ...]) -> Iterator[Changed]:
    """What the same words of a spec came to mean: defaults of another source or machine, or of other code.

    What the specs do not have in common, ``asked``, is not told again.
    """
    told = {changed.name for changed in asked}
    for what in ("partition", "recipe", "compute"):
        before, now = getattr(earlier, what), getattr(later, what)
        for name in type(before).model_fields:
            values = getattr(before, name), getattr(now, name)
            if values[0] != values[1] and told.isdisjoint((what, name)):
                written = [_written(value, EMPTY.get(name, UNSET)) for value in values]
                yield Changed(name=f"{what}: {name}", earlier=written[0], later=written[1])


def _versions(earlier: Mapping[str, str], later: Mapping[str, str]) -> tuple[Changed, ...]:
    """Which code and libraries ran, where that differs."""
    missing = "not recorded"
    both = ((name, earlier.get(name, missing), later.get(name, missing)) for name in {**later, **earlier})
    return tuple(Changed(name=name, earlier=before, later=now) for name, before, now in both if before != now)
