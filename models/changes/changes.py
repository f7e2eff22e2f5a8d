"""What changed from one sweep to another: spec, versions, and what each cell gives on test."""

from collections.abc import Iterator, Mapping

from steelyard.models.changes.differences import Change, differences
from steelyard.models.changes.fields import Changed, asked, resolved, versions
from steelyard.models.changes.pairing import Pairing
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.tried import Cell
from steelyard.models.verdict.verdict import Estimate, Shape, Status

SHOWN = ("recall", "precision", "accuracy", "roc_auc")


class Standing(Frozen):
    """What one cell was in one sweep.

    Attributes:
        place: among the cells of the sweep, 1 for the best on val.
        shape: what the handling did to the curve of the baseline, or to its balanced accuracy where every class counts;
            None where no seed of both finished.
        status: whether the constraint holds on test; None where the objective has none.
        recall: on test at the operating point; mean over the classes where every one counts, as the others are.
        precision: likewise, for the prevalence of the sweep's objective.
        accuracy: likewise, as counted.
        roc_auc: on test.
    """

    place: int
    shape: Shape | None
    status: Status | None
    recall: Estimate
    precision: Estimate
    accuracy: Estimate
    roc_auc: Estimate


class CellChange(Frozen):
    """One cell in both sweeps, or in one of them.

    Attributes:
        cell: its name.
        weight_positive: 0.5 where there are no weights.
        earlier: None where no trial of it finished there.
        later: likewise.
        changes: metric, as ``Pairing.metrics`` names it -> the later's minus the earlier's; empty where the cell is in
            one sweep alone, or the sweeps are about different things.
    """

    cell: str
    weight_positive: float
    earlier: Standing | None
    later: Standing | None
    changes: dict[str, Change]


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
    earlier, later = pairing.earlier, pairing.later
    found, asked_for = _differences(pairing), asked(earlier.spec, later.spec)
    return Changes(
        best=found.get(pairing.best_keys, {}),
        spec=(*asked_for, *resolved(earlier.about, later.about, asked_for)),
        versions=versions(earlier.about.versions, later.about.versions),
        cells=tuple(_cells(pairing, found)),
    )


def _differences(pairing: Pairing) -> dict[tuple[Cell, Cell], dict[str, Change]]:
    """Of the cells that both sweeps have, and of the best of each; none where they are about different things."""
    if not pairing.same_subject:
        return {}
    before, now = ({cell.key: cell for cell in sweep.cells} for sweep in pairing.sweeps)
    pairs = {(key, key): (before[key], now[key]) for key in now if key in before}
    pairs[pairing.best_keys] = pairing.earlier.best, pairing.later.best
    found = differences(pairing, list(pairs.values()), pairing.metrics)
    return dict(zip(pairs, found, strict=True))


def _cells(pairing: Pairing, found: Mapping[tuple[Cell, Cell], dict[str, Change]]) -> Iterator[CellChange]:
    before, now = map(_standings, pairing.sweeps)
    keys = dict.fromkeys([*now, *before])
    for key in sorted(keys, key=lambda key: (key not in now or key not in before, key not in now)):
        (cell, weight), differs = key, found.get((key, key), {})
        earlier, later = before.get(key), now.get(key)
        yield CellChange(cell=cell, weight_positive=weight, earlier=earlier, later=later, changes=differs)


def _standings(sweep: Dossier) -> dict[Cell, Standing]:
    return {
        cell.key: Standing(
            place=place,
            shape=cell.shape,
            status=cell.feasibility.status if cell.feasibility else None,
            **{metric: cell.metric(metric) for metric in SHOWN},
        )
        for place, cell in enumerate(sweep.cells, start=1)
    }
