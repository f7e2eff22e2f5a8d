"""What a sweep showed: its cells, and how they compare, in numbers that each come with an interval, and in words."""

from typing import Literal

from steelyard.models.objective.cautions import SHIFT
from steelyard.models.objective.objective import EDGE
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict, Difference, Estimate, Unlike

Says = Literal["agrees", "the other way round", "cannot tell"]


class Network(Frozen):
    """What a recipe costs, in a sweep of several.

    Attributes:
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
        recipe: the one whose baseline is better on val; of two of which one is fine-tuned that one.
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


class Leader(Frozen):
    """The handling that is recommended, or else the best on val, and what it has over its baseline there.

    Attributes:
        cell: its name; ``weight_positive`` likewise.
        baseline: name of the cell that it is compared with, that of its recipe.
        metric: in which they are compared; "" where they are not.
        difference: of that metric, with thresholds that each sample of val chooses anew; None where they share no seed.
    """

    cell: str
    weight_positive: float
    baseline: str = "none"
    metric: str = ""
    difference: Difference | None = None


class Learning(Frozen):
    """What networks that learned from less of train are worth on test.

    Attributes:
        cell: that they are of; "" in what was kept before November 28, 2026, when it was the recommended one.
        shares: of train, ascending, the last 1.
        areas: ROC area of each; of K classes the mean of each against the rest.
        gain: of the area, from half of train to all of it.
    """

    shares: tuple[float, ...]
    areas: tuple[Estimate, ...]
    gain: Difference
    cell: str = ""


class Otherwise(Frozen):
    """Figures of the recommended cell on test, and what they would be otherwise, at the same decisions.

    Attributes:
        images: that make the difference; of the class to find, where one of them is.
        of: so many.
        whole: metric -> as it is.
        otherwise: metric -> as it would be.
    """

    images: int
    of: int
    whole: dict[str, float]
    otherwise: dict[str, float]


class Bearing(Frozen):
    """What is known of the images, and bears on the figures.

    Attributes:
        twins: without images of test that have a copy among those that taught; None where none has.
        corrected: with the labels as they were before they were corrected; None where none of test was.
        grave: findings that make figures too good, in words.
        suspects: images whose labels the others do not bear out.
    """

    twins: Otherwise | None = None
    corrected: Otherwise | None = None
    grave: tuple[str, ...] = ()
    suspects: int = 0


class Published(Frozen):
    """Two cells, by name, whose order is published.

    Attributes:
        difference: balanced accuracy at argmax, better minus worse; Holm's correction is over the pairs.
        says: what this sweep says of the order.
    """

    better: str
    worse: str
    difference: Difference
    says: Says


class OneThreshold(Frozen):
    """What the threshold of the model to use brings on test where it decides in all folds; means over seeds.

    Attributes:
        recall: of the class with a threshold, in [0, 1].
        precision: where as many images are positive as the verdict's ``prevalence``.
        recall_of_folds: by the threshold that each fold's own val chose.
        precision_of_folds: likewise.
    """

    recall: float
    precision: float
    recall_of_folds: float
    precision_of_folds: float

    @property
    def differs(self) -> bool:
        """Whether one threshold brings another recall or precision, by more than 5 points."""
        gaps = self.recall - self.recall_of_folds, self.precision - self.precision_of_folds
        return max(map(abs, gaps)) > SHIFT


class Verdict(Frozen):
    """What a sweep showed.

    Attributes:
        objective: as it was understood.
        interval: of shares, ``wilson`` or ``clopper_pearson``.
        classes: names in the order of the labels, where every class counts; of two, the second is the class to find.
        sizes: images of test per class.
        train: images of train per class; empty in what was kept when a class to find had none.
        prevalence: share of the class to find, or that the objective is about, that precision, alarms and the objective
            are for: the objective's, or test's own; 0 where every class counts alike.
        samples: of the bootstrap.
        groups: named groups in test, such as the images of one patient, which the bootstrap draws whole; None where the
            source names none, and each image is drawn alone.
        optimistic: whether test also chose, so that nothing here is confirmed.
        words: the answer, sentence by sentence.
        cells: the one to use first, then best on val first.
        class_groups: in how many groups of test each class is; None where each image stands alone.
        published: every pair of the sweep whose order is published.
        level: other cells that are as good on val as the first of the cells; 0 where others are better there.
        networks: the recipes, where there are several, by their baselines on val, the best first; else none.
        folds: parts of the images that took turns as test, each tested by a network of its own; 1 for one split.
        thinned: whether images were left out of train to make it imbalanced.
        margin: chance that the constraint was to hold with for all images where thresholds were chosen.
        as_counted: precision of the best cell as test's own share of positives has it, where the objective states one
            that differs by more than 5 points; else None.
        leader: what val showed of the best handling, where no baseline is best there; else None.
        learning: of the baseline of the heads where folds took turns; else None.
        one_threshold: of the cell to use where folds took turns; None where there is no threshold.
        unlike: rates of the best cell that differ between val and test by more than their intervals allow.
        bearing: what is known of the images, and bears on the figures of the cell to use.
        versus: each two of them whose baselines share a seed.
    """

    objective: str
    interval: str = "wilson"
    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    train: tuple[int, ...] = ()
    prevalence: float
    samples: int
    groups: int | None
    optimistic: bool
    words: tuple[str, ...]
    cells: tuple[CellVerdict, ...]
    class_groups: tuple[int | None, ...] = ()
    published: tuple[Published, ...] = ()
    level: int = 0
    networks: tuple[Network, ...] = ()
    versus: tuple[Versus, ...] = ()
    folds: int = 1
    thinned: bool = False
    margin: float = EDGE
    as_counted: Estimate | None = None
    unlike: tuple[Unlike, ...] = ()
    leader: Leader | None = None
    learning: Learning | None = None
    one_threshold: OneThreshold | None = None
    bearing: Bearing = Bearing()

    @property
    def every_class(self) -> bool:
        """Whether every class counts, and none is the one to find."""
        return len(self.classes) > 2

    @property
    def main_metric(self) -> str:
        """Key of the metric whose difference to the baseline says what a handling or a network did."""
        return "balanced_accuracy" if self.every_class else "roc_auc"

    @property
    def positives(self) -> int:
        """Images of test of the class to find."""
        return self.sizes[1]

    @property
    def negatives(self) -> int:
        """The others, where there is a class to find."""
        return self.sizes[0]
