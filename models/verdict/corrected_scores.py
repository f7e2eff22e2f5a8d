"""Scores as probabilities where the model will work."""

import pandas as pd

from steelyard.models.calibration.correction_effect import Calibration, calibrate
from steelyard.models.calibration.priors import correct, moved
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Columns, ScoredTrial

COLUMNS = ("trial_id", "cell", "seed", "split", "id", "label", "score", "corrected")


def calibrations(evidence: Evidence, columns: Columns) -> tuple[Calibration, ...]:
    """How far scores on test can be believed, before and after they are corrected to ``evidence.wanted``.

    One per trial; none where every class counts.
    """
    test, trials = evidence.test, [(column, evidence.trials[column]) for column in columns]
    return tuple(
        calibrate(test.labels, test.scores[column], trial.learned, evidence.wanted, trial.misfit)
        for column, trial in trials
        if trial.learned is not None
    )


def threshold(evidence: Evidence, trial: ScoredTrial) -> float | None:
    """A trial's operating threshold on the scale of its corrected scores; None where they cannot be corrected."""
    if trial.learned is None or not trial.correctable:
        return None
    return moved(trial.operating.threshold, trial.learned, evidence.wanted)


def scores(evidence: Evidence) -> pd.DataFrame:
    """The scores of all trials as kept and as corrected.

    Returns:
        Columns ``trial_id``, ``cell``, ``seed``, ``split``, ``id``, ``label``, ``score`` (float32) and ``corrected``
        (float64, empty where the closed form does not fit).
    """
    return pd.concat([_scores(trial, evidence.wanted) for trial in evidence.trials], ignore_index=True)


def _scores(trial: ScoredTrial, wanted: float) -> pd.DataFrame:
    outcome, kept = trial.outcome, trial.scores
    assert trial.learned is not None
    fixed = correct(kept["score"].to_numpy(), trial.learned, wanted) if trial.correctable else float("nan")
    trial_id = kept["trial_id"] if outcome.of_folds else outcome.trial_id
    return kept.assign(trial_id=trial_id, cell=outcome.cell, seed=outcome.seed, corrected=fixed)[list(COLUMNS)]
