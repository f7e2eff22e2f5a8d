"""What changed from one sweep to another: images, spec, versions, and what each cell gives on test."""

from collections.abc import Iterator

from models.changes import images, result_words, thing_words
from models.changes.differences import Change, differences, of_cell
from models.changes.fields import Changed, asked, resolved, versions
from models.changes.pairing import Pairing
from models.classes.verdict import Shape as ClassesShape
from models.report.dossier import Dossier
from models.trial import Frozen
from models.verdict.evidence import Cell
from models.verdict.verdict import CellVerdict, Estimate, Shape, Status

ACROSS = ("roc_auc", "recall", "precision")
"""What can be compared where the objectives are not the same."""


class Standing(Frozen):
    """What one cell was in one sweep.

    Attributes:
        place: among the cells of the sweep, 1 for the best on val.
        shape: what the handling did to the curve of the baseline; None where no seed of both finished.
        status: whether the constraint holds on test; None where the objective has none.
        recall: on test at the operating point.
        precision: likewise, for the prevalence of the sweep's objective.
        accuracy: likewise, as counted.
        roc_auc: on test.
    """

    place: int
    shape: Shape | ClassesShape | None
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
        changes: metric -> the later's minus the earlier's: ``roc_auc``, the objective's own metric and its
            constraint's; or ``roc_auc``, ``recall`` and, if both are for about the same share of positives,
            ``precision`` where the objectives are not the same; empty where the cell is in one sweep alone, or the
            sweeps are about different things.
    """

    cell: str
    weight_positive: float
    earlier: Standing | None
    later: Standing | None
    changes: dict[str, Change]


class Changes(Frozen):
    """What changed from one sweep to another.

    Attributes:
        answer: what the best cell of each gives and whether they differ; then what changed.
        data: what happened to the images, a line each.
        spec: what was asked for and is not the same, then what the same words resolved to.
        versions: of code, Python and libraries, where they are not the same.
        cells: those of both in the later's order, then those of the later alone, then those of the earlier alone.
    """

    answer: tuple[str, ...]
    data: tuple[str, ...]
    spec: tuple[Changed, ...]
    versions: tuple[Changed, ...]
    cells: tuple[CellChange, ...]


def changes(earlier: Dossier, later: Dossier) -> Changes:
    """Say what changed.

    Args:
        earlier: the sweep to compare with, of which "before" is said.
        later: the sweep of which "now" is said.
    """
    pairing = Pairing(earlier, later)
    found = _differences(pairing)
    asked_for = asked(earlier.spec, later.spec)
    spec = (*asked_for, *resolved(earlier.about, later.about, asked_for))
    ran = versions(earlier.about.versions, later.about.versions)
    of_best = found.get((_name(earlier.best), _name(later.best)), {})
    return Changes(
        answer=(result_words.result(pairing, of_best), thing_words.things(pairing, spec, ran)),
        data=tuple(images.lines(earlier, later)),
        spec=spec,
        versions=ran,
        cells=tuple(_cells(earlier, later, found)),
    )


def _differences(pairing: Pairing) -> dict[tuple[Cell, Cell], dict[str, Change]]:
    """Of the cells that both sweeps have, and of the best of each; none where they are about different things."""
    if not pairing.same_subject:
        return {}
    before, now = (_by_name(sweep) for sweep in (pairing.earlier, pairing.later))
    pairs = {(name, name): (before[name], now[name]) for name in now if name in before}
    best = pairing.earlier.best, pairing.later.best
    pairs[_name(best[0]), _name(best[1])] = best
    found = differences(pairing, list(pairs.values()), _compared(pairing))
    return dict(zip(pairs, found, strict=True))


def _compared(pairing: Pairing) -> tuple[str, ...]:
    """The metrics that say the same of both sweeps; precision does not where another share of images is positive."""
    if not pairing.same_objective:
        return ACROSS if pairing.alike else ACROSS[:2]
    objective = pairing.later.objective
    return tuple(dict.fromkeys(name for name in ("roc_auc", objective.metric, objective.constraint) if name))


def _cells(earlier: Dossier, later: Dossier, found: dict[tuple[Cell, Cell], dict[str, Change]]) -> Iterator[CellChange]:
    before, now = (_by_name(sweep) for sweep in (earlier, later))
    for name in sorted({**now, **before}, key=lambda name: (name not in now or name not in before, name not in now)):
        yield CellChange(
            cell=name[0],
            weight_positive=name[1],
            earlier=_standing(name, before),
            later=_standing(name, now),
            changes=found.get((name, name), {}),
        )


def _standing(name: Cell, cells: dict[Cell, CellVerdict]) -> Standing | None:
    if name not in cells:
        return None
    cell = cells[name]
    return Standing(
        place=list(cells).index(name) + 1,
        shape=cell.shape,
        status=cell.feasibility.status if cell.feasibility else None,
        **{metric: of_cell(cell, metric) for metric in ("recall", "precision", "accuracy", "roc_auc")},
    )


def _by_name(sweep: Dossier) -> dict[Cell, CellVerdict]:
    return {_name(cell): cell for cell in sweep.verdict.cells}


def _name(cell: CellVerdict) -> Cell:
    return cell.cell, cell.weight_positive
