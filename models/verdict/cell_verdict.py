"""What one cell showed: types of numbers that each come with an interval."""

from typing import Literal

from steelyard.models.calibration.correction_effect import Calibration
from steelyard.models.comparison.outcome import CellName
from steelyard.models.spec.trial import Frozen

Status = Literal["FEASIBLE", "INFEASIBLE", "UNDECIDED"]
Shape = Literal["baseline", "better", "same curve", "worse"]


class Estimate(Frozen):
    """An estimate of what the network handed over does, less what choosing adds, and its 95 % interval."""

    value: float
    low: float
    high: float


class Difference(Estimate):
    """A cell's metric minus the baseline's, paired by image.

    Attributes:
        p_holm: two-sided p-value of no difference, after Holm's correction over the cells of the sweep.
        detectable: the smallest true difference that so many images show in 4 of 5 sweeps, the correction included.
    """

    p_holm: float
    detectable: float


class Feasibility(Frozen):
    """Whether the constraint is certified.

    Attributes:
        status: FEASIBLE where a threshold is certified with 95 % confidence, INFEASIBLE where every threshold is
            refuted, UNDECIDED between.
        metric: under the constraint.
        limit: in the metric's unit; alarms as a share of the images.
        at: the metric at the threshold, where test or all folds report.
        certified_limit: the tightest limit on the metric that is certified at some threshold; None for none.
        certified_value: what the optimised metric is there, on the images that choose.
        needed: how many times as many images would certify the constraint, were all else the same: the quartiles over
            bootstrap samples; None where the constraint is certified or refuted, or not even kept by the estimate.
    """

    status: Status
    metric: str
    limit: float
    at: Estimate
    certified_limit: float | None = None
    certified_value: float | None = None
    needed: tuple[float, float] | None = None


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
    """The operating threshold of one seed's network.

    Attributes:
        value: as chosen; of K classes -1 where the highest score decides.
        feasible: whether the constraint is certified there.
        corrected: the threshold on the scale of the corrected scores; None where they cannot be corrected.
    """

    seed: int
    value: float
    feasible: bool
    corrected: float | None = None


class CellVerdict(CellName):
    """What one cell showed, by the one of its networks that would be handed over.

    Attributes:
        shape: what the cell did beside the baseline; None where that did not finish.
        feasibility: None where the objective has no constraint.
        point: metric -> estimate, at the operating point. Where there is a class to find: recall, false_positive_rate,
            precision, alarms (as a share), accuracy (as counted, the others for the objective's prevalence) and the
            objective's own metric, unless that is ``average_precision``. Where every class counts: recall, precision,
            f1, balanced_accuracy (means over the classes that test has) and accuracy; and, of the class that the
            objective is about, the former under ``class/recall`` and so on.
        argmax: the same at argmax, without the objective's own metric.
        areas: roc_auc and average_precision; of K classes, each against the rest, their means, and where the objective
            is of the curve of one, its own under ``class/roc_auc`` and ``class/average_precision``.
        differences: metric -> difference to the baseline, of the objective's metric and of the ROC area; empty for the
            baseline itself, or without it.
        thresholds: one per seed.
        slices: worst first.
        silent: whether the network calls no image positive at the operating point; its precision counts as 0.
        calibration: one per seed; none where every class counts.
        classes: where every class counts, all of them in the order of the labels.
        confusion: (K, K), images of the row's class that are called the column's, at the operating point.
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
    silent: bool = False
    calibration: tuple[Calibration, ...] = ()
    classes: tuple[OfClass, ...] = ()
    confusion: tuple[tuple[float, ...], ...] = ()
    words: tuple[str, ...] = ()
    seeded: bool = True

    def metric(self, name: str) -> Estimate:
        """A metric on test: an area, or at the operating point."""
        return self.areas[name] if name in self.areas else self.point[name]
