"""Scores as probabilities where the model will work."""

import pandas as pd

from steelyard.models.calibration import calibrate, correct, misfit, moved
from steelyard.models.calibration.account import Calibration
from steelyard.models.calibration.priors import ROUGHLY
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.tried import Tried

COLUMNS = ("trial_id", "cell", "seed", "split", "id", "label", "score", "corrected")


def calibration(evidence: Evidence, column: int) -> Calibration:
    """How far a trial's scores on test can be believed, before and after they are corrected to ``evidence.wanted``."""
    tried, test = evidence.tried[column], evidence.test
    return calibrate(test.labels, test.scores[column], tried.learned, evidence.wanted, _misfit(tried))


def threshold(evidence: Evidence, column: int) -> float | None:
    """A trial's operating threshold on the scale of its corrected scores; None where they cannot be corrected."""
    tried = evidence.tried[column]
    return moved(tried.operating.threshold, tried.learned, evidence.wanted) if _fits(tried) else None


def scores(evidence: Evidence) -> pd.DataFrame:
    """The scores of all trials as kept and as corrected.

    Returns:
        Columns ``trial_id``, ``cell``, ``seed``, ``split``, ``id``, ``label``, ``score`` (float32) and ``corrected``
        (float64, empty where the closed form does not fit).
    """
    return pd.concat([_scores(tried, evidence.wanted) for tried in evidence.tried], ignore_index=True)


def _scores(tried: Tried, wanted: float) -> pd.DataFrame:
    outcome, kept = tried.outcome, tried.scores
    fixed = correct(kept["score"].to_numpy(), tried.learned, wanted) if _fits(tried) else float("nan")
    return kept.assign(trial_id=outcome.trial_id, cell=outcome.cell, seed=outcome.seed, corrected=fixed)[list(COLUMNS)]


def _misfit(tried: Tried) -> str:
    return misfit(tried.trial.handling, tried.trial.recipe, tried.learned)


def _fits(tried: Tried) -> bool:
    return _misfit(tried) in ("", ROUGHLY)
