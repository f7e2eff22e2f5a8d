"""A trial of a sweep that finished, with its scores."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.calibration.priors import ROUGHLY, misfit
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective.operating_point import Operating
from steelyard.models.spec.trial import Trial

Cell = tuple[str, float]
Columns = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ScoredTrial:
    """A trial that finished.

    Attributes:
        trial: what was trained.
        outcome: its row of the comparison, with an operating point.
        scores: as kept: split, id, label (int in [0, K)) and score, or score_0 to score_{K-1} where every class counts;
            of the trials of all folds together also the ``fold`` in which an image is in that part, and its trial_id.
        learned: share of positives that its loss saw; None where every class counts.
    """

    trial: Trial
    outcome: Outcome
    scores: pd.DataFrame
    learned: float | None = None

    @property
    def operating(self) -> Operating:
        """Its operating point."""
        assert self.outcome.operating is not None
        return self.outcome.operating

    @property
    def misfit(self) -> str:
        """Why its scores cannot be corrected to a prevalence, or only roughly; "" where they can."""
        return misfit(self.trial.handling, self.trial.recipe, self.learned or 0.0)

    @property
    def correctable(self) -> bool:
        """Whether its scores can be corrected to a prevalence; never where every class counts."""
        return self.learned is not None and self.misfit in ("", ROUGHLY)
