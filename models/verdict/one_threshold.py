"""What the threshold of the model to use brings on test, where folds took turns and each had one of its own."""

import numpy as np
import numpy.typing as npt

from steelyard.models.objective.rates import Rates
from steelyard.models.objective.threshold_choice import decide
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.sweep_verdict import OneThreshold


def one_threshold(evidence: Evidence, cell: Cell) -> OneThreshold | None:
    """Recall and precision of a cell whose seeds each decide by one threshold in all folds.

    None without folds, and where a seed has no threshold.
    """
    columns, own = evidence.cells[cell], evidence.test.own == 1
    thresholds = [evidence.trials[column].operating.threshold for column in columns]
    place = evidence.place
    if evidence.test.folds is None or place is None or min(thresholds) < 0:
        return None
    calls = np.stack([_called(evidence, column, at) for column, at in zip(columns, thresholds, strict=True)])
    one, each = (_found(of, own, evidence.prevalence) for of in (calls, evidence.called["operating"][columns] == place))
    return OneThreshold(recall=one[0], precision=one[1], recall_of_folds=each[0], precision_of_folds=each[1])


def _found(calls: npt.NDArray[np.bool_], own: npt.NDArray[np.bool_], share: float) -> tuple[float, float]:
    """Recall and precision of (S, n) calls, means over seeds."""
    rates = Rates(calls[:, own].mean(axis=1), calls[:, ~own].mean(axis=1), share)
    return float(rates.recall.mean()), float(rates.precision.mean())


def _called(evidence: Evidence, column: int, threshold: float) -> npt.NDArray[np.bool_]:
    """(n,) bool, the images of test that are called the class with a threshold."""
    if evidence.every_class:
        called: npt.NDArray[np.bool_] = decide(evidence.scores(column), threshold, evidence.place) == evidence.place
    else:
        called = evidence.test.scores[column].astype(np.float64) >= threshold
    return called
