"""The learning curve: what a cell's network would be worth had it learned from fewer images."""

import numpy as np
import pandas as pd

from steelyard.models.data.quarters import QUARTERS
from steelyard.models.objective.operating_point import matrix
from steelyard.models.statistics.areas import Area, areas_of_class, mean_areas
from steelyard.models.verdict.differences import of_errors
from steelyard.models.verdict.estimates import fixed
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.scores_by_image import rows_of
from steelyard.models.verdict.sweep_verdict import Learning


def learned(evidence: Evidence, trial: ScoredTrial, smaller: pd.DataFrame) -> Learning | None:
    """Return the ROC area on test by how much of train was learned from, and what the second half of it added.

    Args:
        evidence: of the sweep.
        trial: one of it in folds, with all of their scores, that learned from all of train.
        smaller: what networks that learned from less score test: ``quarters`` of train, then as ``ScoredTrial.scores``.

    Returns:
        None where some fold could not be divided.
    """
    tables = {quarters: rows_of(smaller[smaller["quarters"] == quarters], "test") for quarters in range(1, QUARTERS)}
    tables[QUARTERS] = rows_of(trial.scores, "test")
    areas = {quarters: _area(evidence, of) for quarters, of in tables.items() if len(of) == len(tables[QUARTERS])}
    if QUARTERS // 2 not in areas:
        return None
    images, (whole, half) = float(evidence.sizes.sum()), (areas[QUARTERS], areas[QUARTERS // 2])
    gain = of_errors([(whole[0] - half[0], (whole[1] - half[1]) @ evidence.weights)])[0]
    return Learning(
        cell=trial.outcome.cell,
        shares=tuple(quarters / QUARTERS for quarters in areas),
        areas=tuple(fixed(value, slopes @ evidence.weights, images) for value, slopes in areas.values()),
        gain=gain,
    )


def _area(evidence: Evidence, table: pd.DataFrame) -> Area:
    scores, labels = matrix(table), table["label"].to_numpy(np.int64)
    found = mean_areas(labels, scores) if evidence.every_class else areas_of_class(labels == 1, scores[:, 1])
    return found["roc_auc"]
