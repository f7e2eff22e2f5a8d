"""The verdict's types where every class counts: what a sweep showed, in numbers with intervals, and in words."""

from typing import Literal

from steelyard.models.cell_name import CellName
from steelyard.models.trial import Frozen
from steelyard.models.verdict.verdict import Difference, Estimate, Feasibility, Network, Versus

Shape = Literal["baseline", "higher", "lower", "no difference shown"]
Says = Literal["agrees", "the other way round", "cannot tell"]


class OfClass(Frozen):
    """How one class fared at the operating point.

    Attributes:
        name: of the class.
        images: of test; where there are none, recall is 0 in [0, 1].
        train: images of the class in train.
        recall: of its images.
        precision: of the images called it.
        f1: of both.
    """

    name: str
    images: int
    train: int
    recall: Estimate
    precision: Estimate
    f1: Estimate


class Chosen(Frozen):
    """The operating threshold of one trial.

    Attributes:
        seed: of the trial.
        threshold: of the objective's class; -1 where the highest score decides.
        feasible: whether val meets the objective's bound there.
    """

    seed: int
    threshold: float
    feasible: bool


class ClassSlice(Frozen):
    """Accuracy within one value of a slice column, at the operating point.

    Attributes:
        column: such as ``scanner``.
        value: such as ``north``.
        images: of test with that value.
        accuracy: on them.
    """

    column: str
    value: str
    images: int
    accuracy: Estimate


class ClassCell(CellName):
    """What one cell showed on test.

    Attributes:
        handling: name of the method.
        shape: its balanced accuracy at the operating point beside the baseline's, after Holm's correction over cells;
            None where no seed of both finished.
        point: recall, precision, f1, balanced_accuracy (macro, over the classes that test has) and accuracy, at the
            operating point.
        argmax: the same at argmax.
        areas: roc_auc and average_precision, each class against the rest, macro.
        differences: to the baseline, paired by image and seed, at the operating point: balanced_accuracy, precision,
            f1, accuracy, and ``rare`` and ``frequent``, mean recall over the half of test's classes that train has
            fewer, or more, images of; the middle one of an odd number is in neither. Empty for the baseline itself, or
            without it.
        class_differences: of recall, by class that test has; Holm's correction is over classes and cells.
        classes: all of them, in the order of the labels.
        feasibility: of the objective's class; None for balanced accuracy.
        confusion: (K, K), images of the row's class that are called the column's, mean over seeds, at the operating
            point.
        thresholds: one per seed.
        slices: accuracy within each value of each slice column, worst first.
        words: what these numbers say.
        seeded: whether other seeds would give other networks; else its one trial stands for all.
    """

    handling: str
    shape: Shape | None
    point: dict[str, Estimate]
    argmax: dict[str, Estimate]
    areas: dict[str, Estimate]
    differences: dict[str, Difference]
    class_differences: dict[str, Difference]
    classes: tuple[OfClass, ...]
    feasibility: Feasibility | None
    confusion: tuple[tuple[float, ...], ...]
    thresholds: tuple[Chosen, ...]
    slices: tuple[ClassSlice, ...] = ()
    words: tuple[str, ...] = ()
    seeded: bool = True


class Published(Frozen):
    """Two cells whose order is published.

    Attributes:
        better: name of the cell that is published as better.
        worse: name of the other.
        difference: balanced accuracy at argmax, better minus worse; Holm's correction is over the pairs.
        says: what this sweep says of the order.
    """

    better: str
    worse: str
    difference: Difference
    says: Says


class ClassesVerdict(Frozen):
    """What a sweep showed.

    Attributes:
        objective: as it was understood.
        classes: names, in the order of the labels.
        sizes: images of test per class.
        train: images of train per class.
        samples: of the bootstrap.
        groups: named groups in test, which the bootstrap draws whole; None where each image is drawn alone.
        optimistic: whether test also chose, so that nothing here is confirmed.
        level: other cells that are as good on val as the first, which was only planned before them.
        words: the answer, sentence by sentence.
        cells: in the order of the comparison, best on val first.
        published: every pair of the sweep whose order is published.
        networks: the recipes, where there are several, by their baselines on val, the best first; else none.
        versus: each two of them whose baselines share a seed.
    """

    objective: str
    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    train: tuple[int, ...]
    samples: int
    groups: int | None
    optimistic: bool
    words: tuple[str, ...]
    cells: tuple[ClassCell, ...]
    published: tuple[Published, ...]
    level: int = 0
    networks: tuple[Network, ...] = ()
    versus: tuple[Versus, ...] = ()
