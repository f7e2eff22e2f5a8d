"""Scores as probabilities where the model will work."""

import pandas as pd

from steelyard.models.calibration import calibrate, correct, misfit, moved
from steelyard.models.calibration.account import Calibration
from steelyard.models.calibration.priors import ROUGHLY
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.tried import Columns, Tried

COLUMNS = ("trial_id", "cell", "seed", "split", "id", "label", "score", "corrected")


def calibrations(evidence: Evidence, columns: Columns) -> tuple[Calibration, ...]:
    """How far scores on test can be believed, before and after they are corrected to ``evidence.wanted``.

    One per trial; none where every class counts.
    """
    found = [(column, tried, tried.learned) for column in columns if (tried := evidence.tried[column])]
    test = evidence.test
    return tuple(
        calibrate(test.labels, test.scores[column], learned, evidence.wanted, _misfit(tried, learned))
        for column, tried, learned in found
        if learned is not None
    )


def threshold(evidence: Evidence, column: int) -> float | None:
    """A trial's operating threshold on the scale of its corrected scores; None where they cannot be corrected."""
    tried = evidence.tried[column]
    if tried.learned is None or not _fits(tried, tried.learned):
        return None
    return moved(tried.operating.threshold, tried.learned, evidence.wanted)


def scores(evidence: Evidence) -> pd.DataFrame:
    """The scores of all trials as kept and as corrected.

    Returns:
        Columns ``trial_id``, ``cell``, ``seed``, ``split``, ``id``, ``label``, ``score`` (float32) and ``corrected``
        (float64, empty where the closed form does not fit).
    """
    return pd.concat([_scores(tried, evidence.wanted) for tried in evidence.tried], ignore_index=True)


def _scores(tried: Tried, wanted: float) -> pd.DataFrame:
    outcome, kept = tried.outcome, tried.scores
    assert tried.learned is not None
    fits = _fits(tried, tried.learned)
    fixed = correct(kept["score"].to_numpy(), tried.learned, wanted) if fits else float("nan")
    return kept.assign(trial_id=outcome.trial_id, cell=outcome.cell, seed=outcome.seed, corrected=fixed)[list(COLUMNS)]


def _misfit(tried: Tried, learned: float) -> str:
    return misfit(tried.trial.handling, tried.trial.recipe, learned)


def _fits(tried: Tried, learned: float) -> bool:
    return _misfit(tried, learned) in ("", ROUGHLY)
