"""The verdict's types: what a sweep showed, in numbers that each come with an interval, and in words."""

from typing import Literal

from steelyard.models.calibration.account import Calibration
from steelyard.models.cell_name import CellName
from steelyard.models.trial import Frozen

Status = Literal["FEASIBLE", "INFEASIBLE", "UNDECIDED"]
Deciding = Literal["images", "seeds", "both", "nothing"]
Shape = Literal["baseline", "lifted the curve", "lowered the curve", "moved along the curve", "no difference shown"]


class Estimate(Frozen):
    """A mean over seeds on test, and the range that other images and other seeds could give it.

    Attributes:
        value: mean over seeds.
        low: lower bound of the 95 % interval.
        high: upper bound.
        deviation: sample standard deviation over seeds; None for one.
        seeds: how many; 0 where a seed changes nothing, and one trial stands for all.
    """

    value: float
    low: float
    high: float
    deviation: float | None
    seeds: int


class Difference(Estimate):
    """A cell's metric minus the baseline's, paired by image and by seed.

    Attributes:
        p: two-sided p-value of no difference.
        p_holm: the same after Holm's correction over all comparisons of the sweep.
        detectable: the smallest true difference that so many images and seeds show in 4 of 5 sweeps, Holm's
            correction included.
    """

    p: float
    p_holm: float
    detectable: float


class Nearest(Frozen):
    """Where an objective that is out of reach comes nearest to being met.

    Attributes:
        cleared_on_val: in how many seeds a threshold's bound on val clears the limit; elsewhere it is the one whose
            bound comes nearest to it.
        constrained: the metric under the constraint, on test.
        optimised: the metric that is optimised, on test.
    """

    cleared_on_val: int
    constrained: Estimate
    optimised: Estimate


class Feasibility(Frozen):
    """Whether the constraint holds on test at the threshold that val chose.

    Where no threshold meets it on val in some seed, argmax stands in there, which says nothing of the constraint: the
    nearest point is judged instead, and is never FEASIBLE.

    Attributes:
        status: FEASIBLE where the interval clears the limit, INFEASIBLE where it misses it, UNDECIDED between.
        metric: under the constraint.
        limit: in the metric's unit; alarms as a share of the images.
        at: the metric on test, at what is judged.
        out_of_reach_on_val: seeds in which no threshold met the constraint on val, so that argmax stands in.
        decided_by: what would decide, if the estimates stay: more ``images`` (up to 1,000 times as many), more
            ``seeds``, ``both`` but neither alone, or ``nothing``, so near is the limit; None where the interval does
            not hold it, where only val stands in the way, or where nothing is called positive.
        more_positives: how many more in test, in as many more images, would decide; None where images alone do not.
        nearest: where the point misses the limit on test, or some seed does on val.
    """

    status: Status
    metric: str
    limit: float
    at: Estimate
    out_of_reach_on_val: int
    decided_by: Deciding | None = None
    more_positives: int | None = None
    nearest: Nearest | None = None


class Slice(Frozen):
    """Recall within one value of a slice column, at the operating point.

    Attributes:
        column: such as ``cell_type``.
        value: such as ``mono``.
        positives: of test with that value.
        recall: on them.
    """

    column: str
    value: str
    positives: int
    recall: Estimate


class Threshold(Frozen):
    """An operating threshold and what other images of val would have made of it.

    Attributes:
        seed: of the trial.
        value: chosen on val, or argmax where none meets the constraint there.
        feasible: whether one does.
        low: 2.5 % of the bootstrap samples of val choose a lower one; None where no sample has any to choose.
        high: 2.5 % choose a higher one; likewise.
        out_of_reach: share of the samples in which no threshold meets the constraint; they count for neither bound.
        corrected: the threshold on the scale of the corrected scores; None where they cannot be corrected.
    """

    seed: int
    value: float
    feasible: bool
    low: float | None
    high: float | None
    out_of_reach: float
    corrected: float | None = None


class Pair(Frozen):
    """Cell and baseline at their operating points, seed by seed on the same positives of test.

    Attributes:
        seed: of both trials.
        only_cell: positives that only the cell's trial finds.
        only_baseline: positives that only the baseline's finds.
        p: exact McNemar test that both find equally many; of these two networks, so other seeds may differ.
    """

    seed: int
    only_cell: int
    only_baseline: int
    p: float


class Network(Frozen):
    """What a recipe costs, in a sweep of several.

    Attributes:
        recipe: name of it.
        cell: its baseline; "" where no trial of that finished.
        trials: that finished, whatever their handling.
        seconds: median of these trials, of training and scoring val.
        once: seconds spent once for all of them, such as embedding the images; 0 where there was no such thing.
    """

    recipe: str
    cell: str
    trials: int
    seconds: float
    once: float = 0.0


class Versus(Frozen):
    """The baselines of two recipes, on equal images: what the network did.

    Attributes:
        recipe: the one whose baseline is better on val.
        other: the one that it is put beside.
        shape: what the one did to the curve of the other; or its balanced accuracy, where every class counts.
        differences: metric -> the one's minus the other's, as those of handlings, with ``recall``, ``precision``,
            ``argmax/recall`` and ``argmax/precision`` too where there is one class to find. Holm's correction is over
            handlings and networks together.
    """

    recipe: str
    other: str
    shape: str
    differences: dict[str, Difference]


class CellVerdict(CellName):
    """What one cell showed on test.

    Attributes:
        shape: what the handling did to the curve of the baseline; None where no seed of both finished.
        feasibility: None where the objective has no constraint.
        point: metric -> estimate, at the operating point: recall, false_positive_rate, precision, alarms (as a share),
            accuracy (as counted, the others for the objective's prevalence) and the objective's own metric, unless that
            is ``average_precision``.
        silent: seeds that call no image of test positive at the operating point; their precision counts as 0.
        argmax: recall, false_positive_rate, precision, alarms, accuracy at argmax.
        areas: roc_auc and average_precision.
        differences: metric -> difference to the baseline; empty for the baseline itself, or without it.
        pairs: with the baseline, one per seed that both have.
        seeded: whether other seeds would give other networks; else its one trial stands for all.
        thresholds: one per seed.
        slices: worst first.
        calibration: one per seed.
        words: what these numbers say.
    """

    shape: Shape | None
    feasibility: Feasibility | None
    point: dict[str, Estimate]
    silent: int
    argmax: dict[str, Estimate]
    areas: dict[str, Estimate]
    differences: dict[str, Difference]
    pairs: tuple[Pair, ...]
    thresholds: tuple[Threshold, ...]
    slices: tuple[Slice, ...]
    calibration: tuple[Calibration, ...]
    words: tuple[str, ...] = ()
    seeded: bool = True


class Verdict(Frozen):
    """What a sweep showed.

    Attributes:
        objective: as it was understood.
        interval: of shares, ``wilson`` or ``clopper_pearson``.
        positives: of test.
        negatives: of test.
        prevalence: share of positives that precision, alarms and the objective are for: the objective's, or test's own.
        samples: of the bootstrap.
        groups: named groups in test, such as the images of one patient, which the bootstrap draws whole; None where the
            source names none, and each image is drawn alone.
        optimistic: whether test also chose, so that nothing here is confirmed.
        level: other cells that are as good on val as the first, which was only planned before them.
        words: the answer, sentence by sentence.
        cells: in the order of the comparison, best on val first.
        networks: the recipes, where there are several, by their baselines on val, the best first; else none.
        versus: each two of them whose baselines share a seed.
    """

    objective: str
    interval: str
    positives: int
    negatives: int
    prevalence: float
    samples: int
    groups: int | None
    optimistic: bool
    words: tuple[str, ...]
    cells: tuple[CellVerdict, ...]
    level: int = 0
    networks: tuple[Network, ...] = ()
    versus: tuple[Versus, ...] = ()
