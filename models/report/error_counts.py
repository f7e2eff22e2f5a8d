"""A cell's errors as counts: of test, by pairs of classes, and of 1,000 images where the model will work."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate

IMAGES = 1000

PAIRS = 20
"""Of classes that are told."""


class Range(Frozen):
    """A number and its 95 % interval.

    Attributes:
        value: mean over seeds.
        low: lower bound.
        high: upper bound.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, found: Estimate, factor: float = 1.0) -> Self:
        """``factor`` times the estimate, ``factor`` > 0."""
        return cls(value=factor * found.value, low=factor * found.low, high=factor * found.high)

    @classmethod
    def rest(cls, found: Estimate, factor: float = 1.0) -> Self:
        """``factor`` times what the share leaves of 1."""
        return cls(value=factor * (1 - found.value), low=factor * (1 - found.high), high=factor * (1 - found.low))


class Confusion(Frozen):
    """The shares of each class that are called what, at one threshold per seed.

    Attributes:
        found: positives called positive.
        missed: positives called negative.
        false_alarms: negatives called positive.
        quiet: negatives called negative.
    """

    found: Range
    missed: Range
    false_alarms: Range
    quiet: Range

    @classmethod
    def of(cls, at: dict[str, Estimate]) -> Self:
        """From a cell's rates at argmax or at the operating point."""
        recall, wrong = at["recall"], at["false_positive_rate"]
        return cls(
            found=Range.of(recall), missed=Range.rest(recall), false_alarms=Range.of(wrong), quiet=Range.rest(wrong)
        )


class Thousand(Frozen):
    """What 1,000 images bring at the operating point, where positives have the objective's prevalence or test's.

    Attributes:
        cell: what it is called.
        positives: among them.
        alarms: images called positive.
        misses: positives that are not.
        false_alarms: negatives that are.
    """

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
    """Every cell, best on val first."""
    return tuple(Thousand.of(cell, dossier.verdict.prevalence) for cell in dossier.verdict.cells)


@dataclass(frozen=True)
class Pair:
    """A class that is taken for another.

    Attributes:
        label: name of the class.
        called: name of the class that images of it are called.
        images: of test, mean over seeds.
        of: images of the class in test.
    """

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
