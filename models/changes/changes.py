"""What changed from one sweep to another: images, spec, versions, and what each cell gives on test."""

from collections.abc import Iterable, Iterator

from steelyard.models.changes import images, result_words, thing_words
from steelyard.models.changes.cells import CellChange, in_order, standing
from steelyard.models.changes.differences import Change, differences
from steelyard.models.changes.fields import Changed, asked, resolved, versions
from steelyard.models.changes.pairing import Pairing
from steelyard.models.report.dossier import Dossier
from steelyard.models.trial import Frozen
from steelyard.models.verdict.tried import Cell
from steelyard.models.verdict.verdict import CellVerdict

ACROSS = ("roc_auc", "recall", "precision")
"""What can be compared where the objectives are not the same."""


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
    of_best = found.get((_name(earlier.best), _name(later.best)), {})
    return told(pairing, result_words.result(pairing, of_best), _cells(earlier, later, found))


def told(pairing: thing_words.Both, result: str, cells: Iterable[CellChange]) -> Changes:
    """What changed of two sweeps of the same kind, whose results are compared.

    Args:
        pairing: the two.
        result: a sentence on what the best cell of each gives.
        cells: in the order in which they are told.
    """
    earlier, later = pairing.earlier, pairing.later
    asked_for = asked(earlier.spec, later.spec)
    spec = (*asked_for, *resolved(earlier.about, later.about, asked_for))
    ran = versions(earlier.about.versions, later.about.versions)
    return Changes(
        answer=(result, thing_words.things(pairing, spec, ran)),
        data=tuple(images.lines(earlier, later)),
        spec=spec,
        versions=ran,
        cells=tuple(cells),
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
    for name in in_order(before, now):
        yield CellChange(
            cell=name[0],
            weight_positive=name[1],
            earlier=standing(earlier.verdict.cells, *name),
            later=standing(later.verdict.cells, *name),
            changes=found.get((name, name), {}),
        )


def _by_name(sweep: Dossier) -> dict[Cell, CellVerdict]:
    return {_name(cell): cell for cell in sweep.verdict.cells}


def _name(cell: CellVerdict) -> Cell:
    return cell.cell, cell.weight_positive
