"""How cells differ: from their baseline, one recipe from another, class by class; and what that says of a handling."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.areas import AREAS
from steelyard.models.metrics.registry import OF_CLASS, metric
from steelyard.models.metrics.tally import MACRO
from steelyard.models.statistics.class_means import Partners, even, paired
from steelyard.models.statistics.resampled_rates import RATES, Values
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.significance import holm, mcnemar
from steelyard.models.statistics.spread import Kind, Spread, spreads
from steelyard.models.verdict.cell_verdict import Difference, Pair, Shape
from steelyard.models.verdict.estimates import estimate, one_class_basis
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell

LEVEL = 0.05
"""Of a family of comparisons: the chance to claim any difference where there is none."""

UNLIKE, FEWEST = 1.5, 2
"""How many times as many images make classes rarer and more frequent, and how many of them a half needs."""

UNSHOWN: Shape = "no difference shown"

SHOWN = ("recall", "precision")
"""Of networks, at the operating point and at argmax, beside what handlings are compared in."""

Both = tuple[Cell, Cell]


@dataclass(frozen=True)
class Measure:
    """How sure the differences of pairs are in a metric, in which maybe only the baselines of recipes are compared."""

    spreads: Callable[[Sequence[Partners], Sequence[Kind]], list[Spread]]
    networks_only: bool = False


def differences(evidence: Evidence) -> dict[Cell, dict[str, Difference]]:
    """Each handling's metrics minus its baseline's, by metric; as ``of_rivals`` has them."""
    of_pairs = of_rivals(evidence).items()
    return {cell: of_pair for (cell, base), of_pair in of_pairs if not is_of_networks(evidence, cell, base)}


def of_rivals(evidence: Evidence, order: Iterable[Cell] | None = None) -> dict[Both, dict[str, Difference]]:
    """A cell and its rival -> the one's metrics minus the other's, by metric; those that share no seed are left out.

    Every handling has its recipe's baseline as its rival, and the baselines of two recipes are rivals too. Holm's
    correction is over all of them, within each metric. One baseline is put beside another by the order of the cells, as
    they were planned where it is None.
    """
    pairs = {names: pair for names in evidence.rivals(order) if (pair := evidence.shared(*names))}
    by_pair = {names: dict[str, Difference]() for names in pairs}
    if not pairs:
        return by_pair
    measures = _of_all_classes(evidence) if evidence.every_class else _of_one_class(evidence)
    for name, measure in measures.items():
        told = [names for names in pairs if not measure.networks_only or is_of_networks(evidence, *names)]
        kinds = [evidence.kind(*pairs[names]) for names in told]
        of_metric = corrected(measure.spreads([pairs[names] for names in told], kinds), metric(name).bounded)
        for names, difference in zip(told, of_metric, strict=True):
            by_pair[names][name] = difference
    return by_pair


def is_of_networks(evidence: Evidence, cell: Cell, other: Cell) -> bool:
    """Whether two cells differ in their recipes."""
    return evidence.outcome(cell).recipe != evidence.outcome(other).recipe


def _of_one_class(evidence: Evidence) -> dict[str, Measure]:
    """Areas, the objective's metrics at the operating point, and rates at argmax; of networks recall and precision too.

    The objective's own come under ``class/`` where it is about one of many.
    """
    operating, argmax, objective = evidence.at("operating"), evidence.at("argmax"), evidence.objective
    own = {name: evidence.sampled[name] for name in AREAS}
    own |= {name: operating[name] for name in (objective.metric, objective.constraint) if name in operating}
    own |= {f"argmax/{name}": argmax[name] for name in (*RATES, "alarms")}
    networks = {f"{place}{name}": at[name] for place, at in (("", operating), ("argmax/", argmax)) for name in SHOWN}
    basis = one_class_basis(evidence)

    def differing(sampled: Sampled, pairs: Sequence[Partners], kinds: Sequence[Kind]) -> list[Spread]:
        return spreads([sampled.of(mine) - sampled.of(other) for mine, other in pairs], *basis, kinds=kinds)

    every = own | networks
    return {name: Measure(partial(differing, sampled), name not in own) for name, sampled in every.items()}


def _of_all_classes(evidence: Evidence) -> dict[str, Measure]:
    """Means over classes at the operating point, of all, of the rarer and of the more frequent ones.

    The halves are left out where train has about as many images of every class that test has, or where those are few;
    and the objective's own metric comes under ``class/`` where it is about one class.
    """
    redrawn, sizes, groups = evidence.redrawn["operating"], evidence.sizes, evidence.test.group_count
    macro = redrawn.macro()
    weighed = {name: (macro[name], even(sizes > 0)) for name in MACRO if name not in ("recall", "accuracy")}
    weighed["accuracy"] = macro["accuracy"], sizes / sizes.sum()
    for name, places in zip(("rare", "frequent"), halves(sizes, evidence.train), strict=True):
        if len(places):
            weighed[name] = redrawn.recall_over(places), even(np.isin(np.arange(len(sizes)), places))

    def differing(sampled: Sampled, weights: Values, pairs: Sequence[Partners], kinds: Sequence[Kind]) -> list[Spread]:
        return paired(sampled, pairs, redrawn, weights, groups, kinds)

    measures = {name: Measure(partial(differing, *of_metric)) for name, of_metric in weighed.items()}
    if evidence.place is not None:
        own = evidence.objective.metric
        measures[f"{OF_CLASS}{own}"] = _of_one_class(evidence)[own]
    return measures


def class_differences(evidence: Evidence) -> dict[Cell, dict[str, Difference]]:
    """Each cell's recalls of the classes minus the baseline's; Holm's correction is over classes and cells."""
    handled = [both for both in evidence.rivals() if not is_of_networks(evidence, *both)]
    pairs = {cell: pair for cell, base in handled if (pair := evidence.shared(cell, base))}
    if not pairs:
        return {}
    redrawn, alone, groups = evidence.redrawn["operating"], np.eye(len(evidence.classes)), evidence.class_groups
    kinds = [evidence.kind(*pair) for pair in pairs.values()]
    by_class = [
        paired(redrawn.of_class(at)["recall"], [*pairs.values()], redrawn, alone[at], groups[at], kinds)
        for at in evidence.present
    ]
    family = iter(corrected([spread for of_cells in zip(*by_class, strict=True) for spread in of_cells]))
    names = [evidence.classes[place] for place in evidence.present]
    return {cell: {name: next(family) for name in names} for cell in pairs}


def pairs(evidence: Evidence, cell: Cell) -> tuple[Pair, ...]:
    """What only a cell's trial calls positive, or only the baseline's of the same seed.

    Empty for the baseline itself, without it, or where every class counts.
    """
    baseline = evidence.baselines(evidence.cells).get(evidence.outcome(cell).recipe, cell)
    shared = None if evidence.every_class or baseline == cell else evidence.shared(cell, baseline)
    if shared is None:
        return ()
    calls, positive = evidence.called["operating"] == 1, evidence.test.labels == 1
    seeds = [evidence.trials[column].outcome.seed for column in shared[not evidence.seeded(shared[0])]]
    return tuple(
        _pair(seed, calls[mine] & ~calls[base], calls[base] & ~calls[mine], positive)
        for seed, mine, base in zip(seeds, *shared, strict=True)
    )


def _pair(
    seed: int,
    only_cell: npt.NDArray[np.bool_],
    only_baseline: npt.NDArray[np.bool_],
    positive: npt.NDArray[np.bool_],
) -> Pair:
    found, false = ([int(np.sum(only[of])) for only in (only_cell, only_baseline)] for of in (positive, ~positive))
    return Pair(
        seed=seed,
        only_cell=found[0],
        only_baseline=found[1],
        false_only_cell=false[0],
        false_only_baseline=false[1],
        p=mcnemar(found[0] + false[1], found[1] + false[0]),
    )


def halves(sizes: npt.NDArray[np.int64], train: Sequence[int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The classes of test, by their place, that train has fewer and more images of.

    Both are empty where train has less than ``UNLIKE`` times as many of the most frequent as of the rarest, or test has
    fewer than four classes, so that a half is one of them. The middle one of an odd number is in neither; of classes
    with as many images the first count as the rarer. Sizes are (K,) images of test, ``train`` those of train.
    """
    present = np.flatnonzero(sizes)
    counts = np.asarray(train)[present]
    told = len(present) >= 2 * FEWEST and max(counts) >= UNLIKE * min(counts)
    half = len(present) // 2 if told else 0
    rising = present[np.argsort(counts, kind="stable")]
    return rising[:half], rising[len(rising) - half :]


def shape(found: Mapping[str, Difference]) -> Shape:
    """What the differences say of a handling, by one of two rules.

    Where there is a class to find, of its curve: *lifted* or *lowered* where the ROC area differs after Holm's
    correction; *moved along* where that is not shown, but the share of images called positive at argmax differs after
    Holm's correction, and recall and false-positive rate went the same way: what another threshold does. Where every
    class counts: whether the balanced accuracy is *higher* or *lower* after Holm's correction.
    """
    if "roc_auc" not in found:
        accuracy = found["balanced_accuracy"]
        return UNSHOWN if accuracy.p_holm > LEVEL else "higher" if accuracy.value > 0 else "lower"
    area, alarms = found["roc_auc"], found["argmax/alarms"]
    if area.p_holm <= LEVEL:
        return "lifted the curve" if area.value > 0 else "lowered the curve"
    together = found["argmax/recall"].value * found["argmax/false_positive_rate"].value > 0
    return "moved along the curve" if alarms.p_holm <= LEVEL and together else UNSHOWN


def corrected(family: Sequence[Spread], bounded: bool = True) -> list[Difference]:
    """Differences with Holm's correction over all of them, in [-1, 1] where they are bounded."""
    return [
        _difference(spread, p_holm, len(family), bounded)
        for spread, p_holm in zip(family, holm([spread.p for spread in family]), strict=True)
    ]


def _difference(spread: Spread, p_holm: float, comparisons: int, bounded: bool) -> Difference:
    low, high = spread.interval()
    bounds = (max(-1.0, low), min(1.0, high)) if bounded else (low, high)
    estimated = estimate(spread, bounds).model_dump()
    return Difference(**estimated, p=spread.p, p_holm=p_holm, detectable=spread.detectable(comparisons))
