"""How cells differ: from the baseline, in the rarer and the more frequent classes, and class by class."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from models.classes.evidence import ClassesEvidence
from models.classes.points import Basis, alike, of_class, whole
from models.classes.tally import MACRO
from models.classes.verdict import Shape
from models.statistics.bootstrap import Sampled
from models.statistics.multiplicity import holm
from models.statistics.spread import Spread, spreads
from models.tables import BASELINE
from models.verdict.curve import LEVEL
from models.verdict.point import estimate
from models.verdict.tried import Cell
from models.verdict.verdict import Difference

COMPARED = tuple(name for name in MACRO if name != "recall")


def differences(evidence: ClassesEvidence) -> dict[Cell, dict[str, Difference]]:
    """Each cell's metrics minus the baseline's at the operating point; Holm's correction is over the cells.

    Cells that share no seed with the baseline are left out. ``rare`` and ``frequent`` are too, where train has as many
    images of every class that test has.
    """
    pairs = against_baseline(evidence)
    if not pairs:
        return {}
    redrawn = evidence.redrawn["operating"]
    metrics = {name: (metric, whole(evidence)) for name, metric in redrawn.macro().items() if name in COMPARED}
    for name, places in zip(("rare", "frequent"), halves(evidence.sizes, evidence.train), strict=True):
        if len(places):
            basis = Basis(alike(evidence.sizes[places]), evidence.test.group_count)
            metrics[name] = redrawn.recall_over(places), basis
    found = {name: corrected(_paired(metric, pairs, basis)) for name, (metric, basis) in metrics.items()}
    return {cell: {name: of[number] for name, of in found.items()} for number, cell in enumerate(pairs)}


def class_differences(evidence: ClassesEvidence) -> dict[Cell, dict[str, Difference]]:
    """Each cell's recalls of the classes minus the baseline's; Holm's correction is over classes and cells."""
    pairs, redrawn = against_baseline(evidence), evidence.redrawn["operating"]
    if not pairs:
        return {}
    by_class = [_paired(redrawn.of_class(at)["recall"], pairs, of_class(evidence, at)) for at in evidence.present]
    found = iter(corrected([spread for of_cells in zip(*by_class, strict=True) for spread in of_cells]))
    names = [evidence.classes[place] for place in evidence.present]
    return {cell: {name: next(found) for name in names} for cell in pairs}


def against_baseline(evidence: ClassesEvidence) -> Mapping[Cell, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Cell -> its trials and the baseline's of the same seeds, for those that share any."""
    base = next((cell for cell in evidence.cells if cell[0] == BASELINE), None)
    if base is None:
        return {}
    return {cell: pair for cell in evidence.cells if cell != base and (pair := evidence.shared(cell, base))}


def halves(sizes: npt.NDArray[np.int64], train: Sequence[int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The classes of test, by their place, that train has fewer and more images of; both empty where it has as many.

    The middle one of an odd number is in neither; of classes with as many images the first count as the rarer.

    Args:
        sizes: (K,) images of test.
        train: (K,) images of train.
    """
    present = np.flatnonzero(sizes)
    counts = np.asarray(train)[present]
    half = len(present) // 2 if len(set(counts.tolist())) > 1 else 0
    rising = present[np.argsort(counts, kind="stable")]
    return rising[:half], rising[len(rising) - half :]


def shape(found: Mapping[str, Difference]) -> Shape:
    """What the balanced accuracy says of a cell beside the baseline."""
    accuracy = found["balanced_accuracy"]
    if accuracy.p_holm > LEVEL:
        return "no difference shown"
    return "higher" if accuracy.value > 0 else "lower"


def corrected(found: Sequence[Spread]) -> list[Difference]:
    """Differences with Holm's correction over all of them."""
    return [
        _difference(spread, p_holm, len(found))
        for spread, p_holm in zip(found, holm([spread.p for spread in found]), strict=True)
    ]


def _paired(
    metric: Sampled,
    pairs: Mapping[Cell, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]],
    basis: Basis,
) -> list[Spread]:
    return spreads([metric.of(mine) - metric.of(base) for mine, base in pairs.values()], basis.images, basis.groups)


def _difference(spread: Spread, p_holm: float, comparisons: int) -> Difference:
    low, high = spread.interval()
    estimated = estimate(spread, (max(-1.0, low), min(1.0, high))).model_dump()
    return Difference(**estimated, p=spread.p, p_holm=p_holm, detectable=spread.detectable(comparisons))
