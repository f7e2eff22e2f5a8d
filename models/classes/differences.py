"""How cells differ: from the baseline, in the rarer and the more frequent classes, and class by class."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from steelyard.models.classes.bootstrap import Redrawn
from steelyard.models.classes.evidence import ClassesEvidence
from steelyard.models.classes.few import even, least_variance
from steelyard.models.classes.verdict import Shape
from steelyard.models.statistics.bootstrap import Sampled
from steelyard.models.statistics.multiplicity import holm
from steelyard.models.statistics.spread import Kind, Spread, spreads
from steelyard.models.tally import MACRO, Values
from steelyard.models.verdict.curve import LEVEL
from steelyard.models.verdict.point import estimate
from steelyard.models.verdict.tried import Cell, Columns, kind, rivals
from steelyard.models.verdict.verdict import Difference

Key = TypeVar("Key")
Pair = tuple[Columns, Columns]
Both = tuple[Cell, Cell]

UNLIKE, FEWEST = 1.5, 2
"""How many times as many images make classes rarer and more frequent, and how many of them a half needs."""

COMPARED = tuple(name for name in MACRO if name != "recall")


def differences(evidence: ClassesEvidence) -> dict[Cell, dict[str, Difference]]:
    """Each handling's metrics minus its baseline's; as ``of_rivals`` has them."""
    found = of_rivals(evidence).items()
    return {cell: of for (cell, base), of in found if not is_of_networks(evidence, cell, base)}


def of_rivals(evidence: ClassesEvidence, order: Iterable[Cell] | None = None) -> dict[Both, dict[str, Difference]]:
    """A cell and its rival -> the one's metrics minus the other's at the operating point.

    Every handling has its recipe's baseline as its rival, and the baselines of two recipes each other; Holm's
    correction is over all of them. Those that share no seed are left out. ``rare`` and ``frequent`` are too, where
    train has about as many images of every class that test has, or where those are few.

    Args:
        evidence: of the sweep.
        order: of the cells, by which one baseline is put beside another; as they were planned where it is None.
    """
    both = rivals(evidence.tried, evidence.cells if order is None else order, evidence.cells)
    pairs = {names: pair for names in both if (pair := evidence.shared(*names))}
    if not pairs:
        return {}
    redrawn, sizes = evidence.redrawn["operating"], evidence.sizes
    weights = dict.fromkeys(COMPARED, even(sizes > 0)) | {"accuracy": sizes / sizes.sum()}
    metrics = {name: metric for name, metric in redrawn.macro().items() if name in COMPARED}
    for name, places in zip(("rare", "frequent"), halves(sizes, evidence.train), strict=True):
        if len(places):
            weights[name] = even(np.isin(np.arange(len(sizes)), places))
            metrics[name] = redrawn.recall_over(places)
    groups = evidence.test.group_count
    kinds = kinds_of(evidence, pairs)
    found = {
        name: corrected(paired(metric, pairs, redrawn, weights[name], groups, kinds))
        for name, metric in metrics.items()
    }
    return {names: {name: of[number] for name, of in found.items()} for number, names in enumerate(pairs)}


def is_of_networks(evidence: ClassesEvidence, cell: Cell, other: Cell) -> bool:
    """Whether two cells differ in their recipes."""
    return evidence.outcome(cell).recipe != evidence.outcome(other).recipe


def kinds_of(evidence: ClassesEvidence, pairs: Mapping[Key, Pair]) -> list[Kind]:
    """What seeds vary alike in, pair by pair."""
    return [kind(evidence.tried, *pair) for pair in pairs.values()]


def class_differences(evidence: ClassesEvidence) -> dict[Cell, dict[str, Difference]]:
    """Each cell's recalls of the classes minus the baseline's; Holm's correction is over classes and cells."""
    pairs, redrawn = against_baseline(evidence), evidence.redrawn["operating"]
    if not pairs:
        return {}
    alone, groups = np.eye(len(evidence.classes)), evidence.class_groups
    kinds = kinds_of(evidence, pairs)
    by_class = [
        paired(redrawn.of_class(at)["recall"], pairs, redrawn, alone[at], groups[at], kinds) for at in evidence.present
    ]
    found = iter(corrected([spread for of_cells in zip(*by_class, strict=True) for spread in of_cells]))
    names = [evidence.classes[place] for place in evidence.present]
    return {cell: {name: next(found) for name in names} for cell in pairs}


def against_baseline(evidence: ClassesEvidence) -> Mapping[Cell, Pair]:
    """Cell -> its trials and its recipe's baseline's of the same seeds, for those that share any."""
    both = rivals(evidence.tried, evidence.cells, evidence.cells)
    handled = [(cell, base) for cell, base in both if not is_of_networks(evidence, cell, base)]
    return {cell: pair for cell, base in handled if (pair := evidence.shared(cell, base))}


def halves(sizes: npt.NDArray[np.int64], train: Sequence[int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The classes of test, by their place, that train has fewer and more images of.

    Both are empty where train has less than ``UNLIKE`` times as many of the most frequent as of the rarest, or test has
    fewer than four classes, so that a half is one of them. The middle one of an odd number is in neither; of classes
    with as many images the first count as the rarer.

    Args:
        sizes: (K,) images of test.
        train: (K,) images of train.
    """
    present = np.flatnonzero(sizes)
    counts = np.asarray(train)[present]
    told = len(present) >= 2 * FEWEST and max(counts) >= UNLIKE * min(counts)
    half = len(present) // 2 if told else 0
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


def paired(
    metric: Sampled,
    pairs: Mapping[Key, Pair],
    found: Redrawn,
    weights: Values,
    groups: int | None = None,
    kinds: Sequence[Kind] = (),
) -> list[Spread]:
    """How sure the difference of each pair is.

    Args:
        metric: of every trial: a mean over classes.
        pairs: trials of two cells, of the same seeds.
        found: the decisions that the metric is of.
        weights: (K,) of the classes in the mean, summing to 1.
        groups: that the images were drawn in; None where each was drawn alone.
        kinds: what seeds vary alike in, as in ``spreads``.
    """
    images = max(1, round(1 / np.sum(weights[weights > 0] ** 2 / found.once.sizes[weights > 0])))
    least = [least_variance(found, *pair, weights) for pair in pairs.values()]
    differs = [metric.of(mine) - metric.of(other) for mine, other in pairs.values()]
    return spreads(differs, images, groups, least, kinds)


def _difference(spread: Spread, p_holm: float, comparisons: int) -> Difference:
    low, high = spread.interval()
    estimated = estimate(spread, (max(-1.0, low), min(1.0, high))).model_dump()
    return Difference(**estimated, p=spread.p, p_holm=p_holm, detectable=spread.detectable(comparisons))
