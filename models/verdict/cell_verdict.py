"""What one cell showed: types of numbers that each come with an interval."""

from typing import Literal

from pydantic import Field

from steelyard.models.calibration.correction_effect import Calibration
from steelyard.models.comparison.outcome import CellName
from steelyard.models.spec.trial import Frozen

Status = Literal["FEASIBLE", "INFEASIBLE", "UNDECIDED"]
Deciding = Literal["images", "seeds", "both", "nothing"]
Shape = Literal[
    "baseline",
    "lifted the curve",
    "lowered the curve",
    "moved along the curve",
    "higher",
    "lower",
    "no difference shown",
]


class Estimate(Frozen):
    """A mean over seeds on test, and the 95 % interval that other images and other seeds could give it.

    Attributes:
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


class Unlike(Frozen):
    """A rate that val and test do not agree in, at the same thresholds."""

    metric: str
    val: Estimate
    test: Estimate


class Nearest(Frozen):
    """Where an objective that is out of reach comes nearest to being met.

    Attributes:
        cleared_on_val: in how many seeds a threshold's bound on val clears the limit; elsewhere it is the one whose
            bound comes nearest to it.
        constrained: the metric under the constraint, on test; ``optimised`` likewise.
    """

    cleared_on_val: int
    constrained: Estimate
    optimised: Estimate


class Feasibility(Frozen):
    """Whether the constraint holds on test at the threshold that val chose.

    Where no threshold meets it on val in some seed, with a margin the nearest one is judged, and is never FEASIBLE. At
    the very edge of val argmax stands in there, which says nothing of the constraint: the nearest point is judged
    instead, and is never FEASIBLE.

    Attributes:
        status: FEASIBLE where the interval clears the limit, INFEASIBLE where it misses it, UNDECIDED between.
        metric: under the constraint.
        limit: in the metric's unit; alarms as a share of the images.
        at: the metric on test, at what is judged.
        out_of_reach_on_val: seeds in which no threshold met the constraint on val, so that the nearest one, or argmax,
            stands in.
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


class OfClass(Frozen):
    """How one class of K fared at the operating point; of its images in test, and in train.

    Where test has none, recall is 0 in [0, 1].
    """

    name: str
    images: int
    train: int
    recall: Estimate
    precision: Estimate
    f1: Estimate


class Slice(Frozen):
    """Recall, or accuracy where every class counts, within one value of a slice column, at the operating point.

    Attributes:
        images: of test with that value: positives, or all of them.
        metric: ``recall`` or ``accuracy``.
    """

    column: str
    value: str
    images: int
    metric: str
    at: Estimate


class Threshold(Frozen):
    """An operating threshold and what other images of val would have made of it.

    Attributes:
        value: chosen on val, or what stands in where none meets the constraint there; of K classes -1 where the highest
            score decides.
        feasible: whether one does.
        low: 2.5 % of the bootstrap samples of val choose a lower one, as many one above ``high``; None where no sample
            has any to choose.
        out_of_reach: share of the samples in which no threshold meets the constraint; they count for neither bound.
        corrected: the threshold on the scale of the corrected scores; None where they cannot be corrected.
        on_val: what the objective's metric is there; None in verdicts of before.
        at_the_edge: what it would be where the constraint just holds on val; None where no margin was asked for.
        stricter: what it would be with a margin of ``STRICT``; None where none that calls an image clears it on val, or
            that much was asked for.
    """

    seed: int
    value: float
    feasible: bool
    low: float | None = None
    high: float | None = None
    out_of_reach: float = 0.0
    corrected: float | None = None
    on_val: float | None = None
    at_the_edge: float | None = None
    stricter: float | None = None


class Pair(Frozen):
    """What only the cell's trial calls positive, or only the baseline's of the same seed, on test.

    Attributes:
        only_cell: positives that only the cell's trial finds; ``only_baseline`` likewise.
        false_only_cell: negatives that only the cell's trial takes for positives, ``false_only_baseline`` likewise;
            None in verdicts of before, whose ``p`` is of positives alone.
        p: of the exact McNemar test that both are right of equally many images; of these two networks, so other seeds
            may differ.
    """

    seed: int
    only_cell: int
    only_baseline: int
    false_only_cell: int | None = None
    false_only_baseline: int | None = None
    p: float


class CellVerdict(CellName):
    """What one cell showed on test.

    Attributes:
        shape: what the handling did to the curve of the baseline, or to its balanced accuracy where every class counts,
            after Holm's correction over cells; None where no seed of both finished.
        feasibility: None where the objective has no constraint.
        point: metric -> estimate, at the operating point. Where there is a class to find: recall, false_positive_rate,
            precision, alarms (as a share), accuracy (as counted, the others for the objective's prevalence) and the
            objective's own metric, unless that is ``average_precision``. Where every class counts: recall, precision,
            f1, balanced_accuracy (means over the classes that test has) and accuracy; and, of the class that the
            objective is about, the former under ``class/recall`` and so on.
        argmax: the same at argmax, without the objective's own metric.
        areas: roc_auc and average_precision; of K classes, each against the rest, their means, and where the objective
            is of the curve of one, its own under ``class/roc_auc`` and ``class/average_precision``.
        differences: metric -> difference to the baseline, paired by image and seed; empty for the baseline itself, or
            without it. Where every class counts also ``rare`` and ``frequent``, mean recall over the half of test's
            classes that train has fewer, or more, images of; the middle one of an odd number is in neither.
        thresholds: one per seed.
        slices: worst first.
        silent: seeds that call no image of test positive at the operating point; their precision counts as 0.
        pairs: with the baseline, one per seed that both have.
        calibration: one per seed; none where every class counts.
        classes: where every class counts, all of them in the order of the labels.
        class_differences: of recall, by class that test has; Holm's correction is over classes and cells.
        confusion: (K, K), images of the row's class that are called the column's, mean over seeds, at the operating
            point.
        words: what these numbers say.
        seeded: whether other seeds would give other networks; else its one trial stands for all.
    """

    shape: Shape | None
    feasibility: Feasibility | None
    point: dict[str, Estimate]
    argmax: dict[str, Estimate]
    areas: dict[str, Estimate]
    differences: dict[str, Difference]
    thresholds: tuple[Threshold, ...]
    slices: tuple[Slice, ...] = ()
    silent: int = 0
    pairs: tuple[Pair, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    classes: tuple[OfClass, ...] = ()
    class_differences: dict[str, Difference] = Field(default_factory=dict)
    confusion: tuple[tuple[float, ...], ...] = ()
    words: tuple[str, ...] = ()
    seeded: bool = True

    @property
    def lacks_margin(self) -> bool:
        """Whether val has thresholds that meet the constraint, but in some seed none with the margin."""
        feasible = [threshold.feasible for threshold in self.thresholds]
        return not all(feasible) and all(of.feasible or of.at_the_edge is not None for of in self.thresholds)

    def metric(self, name: str) -> Estimate:
        """A metric on test: an area, or at the operating point."""
        return self.areas[name] if name in self.areas else self.point[name]
