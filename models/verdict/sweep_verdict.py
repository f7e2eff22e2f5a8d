"""What a sweep showed: its cells, and how they compare, in numbers that each come with an interval, and in words."""

from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict, Difference, Estimate


class Learning(Frozen):
    """What networks that learned from less of train are worth on test.

    Attributes:
        cell: that they are of.
        shares: of train, ascending, the last 1.
        areas: ROC area of each; of K classes the mean of each against the rest.
        gain: of the area, from half of train to all of it.
    """

    cell: str
    shares: tuple[float, ...]
    areas: tuple[Estimate, ...]
    gain: Difference


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


class Verdict(Frozen):
    """What a sweep showed.

    Attributes:
        objective: as it was understood.
        classes: names in the order of the labels, where every class counts; of two, the second is the class to find.
        sizes: images per class that report.
        train: images of train per class.
        prevalence: share of the class to find, or that the objective is about, that precision, alarms and the objective
            are for: the objective's, or test's own; 0 where every class counts alike.
        samples: of the bootstrap.
        groups: named groups in test, such as the images of one patient, which the bootstrap draws whole; None where the
            source names none, and each image is drawn alone.
        words: the answer, sentence by sentence.
        cells: the one to use first, then by how they ranked.
        folds: parts of the images that took turns as test, each scored by a network of the others; 1 for one split.
        thinned: whether images were left out of train to make it imbalanced.
        apart: whether the images that report are others than those that chose.
        several: whether the sweep has more than one recipe.
        learning: of the baseline of the heads where folds took turns; else None.
        bearing: what is known of the images, and bears on the figures of the cell to use.
    """

    objective: str
    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    train: tuple[int, ...] = ()
    prevalence: float
    samples: int
    groups: int | None
    words: tuple[str, ...]
    cells: tuple[CellVerdict, ...]
    folds: int = 1
    thinned: bool = False
    apart: bool = False
    several: bool = False
    learning: Learning | None = None
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

    @property
    def baseline(self) -> CellVerdict | None:
        """The cell that the others are compared with; None where it did not finish."""
        return next((cell for cell in self.cells if cell.shape == "baseline"), None)
