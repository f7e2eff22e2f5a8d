"""All that the report of a sweep is made of where every class counts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.classes.verdict import ClassCell, ClassesVerdict
from steelyard.models.objective import Objective
from steelyard.models.report.dossier import Kept, is_baseline_of

ENDS = 20
"""Classes of train's most images, and of its fewest, that are shown one by one where there are more than both."""


@dataclass(frozen=True)
class ClassesDossier(Kept):
    """A sweep in which every class counts.

    Attributes:
        decisions: a row per trial that finished and image of test, as ``models.report.classes.decisions`` has them,
            with ``trial_id``.
        gallery: a row per picture, as ``models.report.classes.faults`` has them, with ``note`` and ``picture``.
    """

    decisions: pd.DataFrame

    @property
    def verdict(self) -> ClassesVerdict:
        """What the sweep showed."""
        assert self.found.classes is not None
        return self.found.classes

    @property
    def objective(self) -> Objective:
        """What the cells were ranked for."""
        return Objective.parse(self.found.objective)

    @property
    def cells(self) -> tuple[ClassCell, ...]:
        """What each cell showed, best on val first."""
        return self.verdict.cells

    @property
    def best(self) -> ClassCell:
        """The cell that ranks first on val."""
        return self.cells[0]

    @property
    def baseline(self) -> ClassCell | None:
        """The unweighted baseline of the best cell's recipe; None where no trial of it finished."""
        return next((base for base in self.cells if is_baseline_of(base, self.best)), None)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The classes by their place, most images in train first; equals in the order of their labels."""
        return tuple(int(place) for place in np.argsort(-np.array(self.verdict.train), kind="stable"))

    @property
    def shown(self) -> tuple[int, ...]:
        """Of ``order``, all, or the first and the last ``ENDS``."""
        if len(self.order) <= 2 * ENDS:
            return self.order
        return (*self.order[:ENDS], *self.order[-ENDS:])

    @property
    def left_out(self) -> int:
        """Classes that are not among the shown."""
        return len(self.order) - len(self.shown)

    def confusion(self, cell: ClassCell) -> npt.NDArray[np.float64]:
        """(K, K) share of each class of test, by row, that is called each class; 0 for a class that test lacks."""
        counts = np.array(cell.confusion, np.float64)
        shares: npt.NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return shares
