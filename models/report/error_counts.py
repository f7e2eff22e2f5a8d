"""A cell's errors as counts: of test, by pairs of classes, and of 1,000 images where the model will work."""

from typing import NamedTuple, Self

import numpy as np

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate

IMAGES, PAIRS = 1000, 20


class Range(NamedTuple):
    """A mean over seeds and its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, share: Estimate, factor: float = 1.0) -> Self:
        """``factor`` times the estimate, ``factor`` > 0."""
        return cls(factor * share.value, factor * share.low, factor * share.high)

    @classmethod
    def rest(cls, share: Estimate, factor: float = 1.0) -> Self:
        """``factor`` times what the share leaves of 1."""
        return cls(factor * (1 - share.value), factor * (1 - share.high), factor * (1 - share.low))


class Confusion(NamedTuple):
    """Shares of the positives that are found and missed, and of the negatives that are false alarms and quiet."""

    found: Range
    missed: Range
    false_alarms: Range
    quiet: Range

    @classmethod
    def of(cls, at: dict[str, Estimate]) -> Self:
        """From a cell's rates."""
        recall, wrong = at["recall"], at["false_positive_rate"]
        return cls(Range.of(recall), Range.rest(recall), Range.of(wrong), Range.rest(wrong))


class Thousand(NamedTuple):
    """What 1,000 images bring at the operating point, where positives have the objective's prevalence or test's."""

    cell: str
    positives: float
    alarms: Range
    misses: Range
    false_alarms: Range

    @classmethod
    def of(cls, cell: CellVerdict, prevalence: float) -> Self:
        """Of one cell."""
        positives = IMAGES * prevalence
        return cls(
            cell=cell.cell,
            positives=positives,
            alarms=Range.of(cell.point["alarms"], IMAGES),
            misses=Range.rest(cell.point["recall"], positives),
            false_alarms=Range.of(cell.point["false_positive_rate"], IMAGES - positives),
        )

    def dots(self) -> tuple[int, int, int, int]:
        """Whole images that sum to 1,000: found, missed, false alarms, quiet negatives."""
        positives = round(self.positives)
        missed = min(positives, round(self.misses.value))
        wrong = min(IMAGES - positives, round(self.false_alarms.value))
        return positives - missed, missed, wrong, IMAGES - positives - wrong


def thousands(dossier: Dossier) -> tuple[Thousand, ...]:
    """Every cell, the recommended one first."""
    return tuple(Thousand.of(cell, dossier.verdict.prevalence) for cell in dossier.cells)


class Pair(NamedTuple):
    """A class ``label`` that is called another, in so many images (mean over seeds) of those it has in test."""

    label: str
    called: str
    images: float
    of: int

    @property
    def share(self) -> float:
        """Of the class's images."""
        return self.images / self.of


def pairs(dossier: Dossier, shown: int = PAIRS) -> list[Pair]:
    """The pairs of classes that the best cell takes for each other most, by images of test, then by label."""
    counts, verdict = np.array(dossier.best.confusion, np.float64), dossier.verdict
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:shown]
    places = (divmod(int(place), len(counts)) for place in order)
    return [
        Pair(verdict.classes[row], verdict.classes[column], float(counts[row, column]), verdict.sizes[row])
        for row, column in places
        if counts[row, column]
    ]
