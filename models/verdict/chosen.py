"""Which cell to use, and which of its networks: on the images, and again on each bootstrap sample of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from steelyard.models.comparison.tables import ranked
from steelyard.models.metrics.metrics import argmax
from steelyard.models.metrics.tally import Tally
from steelyard.models.objective.operating_point import matrix
from steelyard.models.objective.rates import Values
from steelyard.models.statistics.areas import areas_of_class
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.scores_by_image import rows_of

LEVEL = 0.05
"""Of a family of comparisons: the chance to claim any difference where there is none."""

Columns = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chosen:
    """The networks that a sweep would hand over.

    Attributes:
        cells: the one to use first, the others by rank.
        networks: of each cell, the column of its network: of its seeds the one that ranks highest.
        own: of each cell, (B,) the same on each sample.
        again: likewise, but of the first cell those that the sample would hand over, whatever their cell.
    """

    cells: Sequence[Cell]
    networks: Mapping[Cell, int]
    own: Mapping[Cell, Columns]
    again: Mapping[Cell, Columns]


def chosen(evidence: Evidence) -> Chosen:
    """Choose by the images that choose.

    The unweighted network is used unless another is better in the objective: where a paired interval, with
    Bonferroni's correction over the cells, leaves 0 out, or where it alone lacks a certified threshold.
    """
    cells = [cell for cell in ranked([trial.outcome for trial in evidence.trials]) if cell in evidence.cells]
    ranks = [_ranks(evidence, column) for column in range(len(evidence.trials))]
    networks = {cell: max(map(int, evidence.cells[cell]), key=lambda column: ranks[column][0]) for cell in cells}
    samples = {cell: np.stack([ranks[column][1] for column in evidence.cells[cell]]) for cell in cells}
    own = {cell: evidence.cells[cell][of.argmax(axis=0)] for cell, of in samples.items()}
    once = np.array([ranks[networks[cell]][0] for cell in cells])[:, None]
    drawn = np.stack([samples[cell].max(axis=0) for cell in cells])
    base = next((place for place, cell in enumerate(cells) if cell == evidence.baseline(cells)), None)
    if base is None:
        return Chosen(cells, networks, own, own)
    margins = _margins(drawn, base)
    first = cells[int(_recommended(once, base, margins)[0])]
    of_samples = _recommended(drawn, base, margins)
    handed_over = np.stack([own[cell] for cell in cells])[of_samples, np.arange(drawn.shape[1])]
    others = [cell for cell in cells if cell != first]
    return Chosen([first, *others], networks, own, {**own, first: handed_over})


def _margins(drawn: Values, base: int) -> Values:
    """(C,) by how much a cell must rank above the baseline, of (C, B) ranks on samples."""
    kept = (drawn >= 0) & (drawn[base] >= 0)
    gaps = np.where(kept, drawn - drawn[base], np.nan)
    with np.errstate(invalid="ignore"):
        deviations = np.array(
            [float(np.nanstd(of)) if ok.sum() > 1 else 0.0 for of, ok in zip(gaps, kept, strict=True)]
        )
    return float(scipy.special.ndtri(1 - LEVEL / 2 / max(1, len(drawn) - 1))) * deviations


def _recommended(ranks: Values, base: int, margins: Values) -> Columns:
    """(b,) the place of the cell to use, of (C, b) ranks."""
    certified, own = ranks >= 0, ranks[base]
    better = certified & ((own < 0) | (ranks > own + margins[:, None]))
    best = np.argmax(np.where(better, ranks, -np.inf), axis=0)
    return np.where(better.any(axis=0), best, base)


def _ranks(evidence: Evidence, column: int) -> tuple[float, Values]:
    """The rank of a network on the images that choose, and (B,) on their samples."""
    weights, val = evidence.weights_of_val, evidence.val
    if evidence.place is None:
        called = argmax(matrix(rows_of(evidence.trials[column].scores, "val")))
        tally = Tally.weighted(val.labels, called, len(evidence.classes), weights)
        once = Tally.of(val.labels, called, len(evidence.classes)).macro()["balanced_accuracy"]
        return float(once), tally.macro()["balanced_accuracy"]
    if evidence.objective.is_of_the_curve:
        area = areas_of_class(val.own == 1, val.scores[column], evidence.objective.prevalence)["average_precision"]
        return area[0], area[0] + area[1] @ weights
    found = evidence.rechosen(column)
    return found.choice.rank, found.rank
