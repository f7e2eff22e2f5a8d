"""What a correction does to scores: how far they can be believed before and after it."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from steelyard.models.calibration.priors import ROUGHLY, Scores, correct
from steelyard.models.calibration.reliability import Labels, Reliability, reliability
from steelyard.models.spec.trial import Frozen


class Calibration(Frozen):
    """What a correction made of one trial's scores.

    Attributes:
        prevalence: what the scores are corrected to and judged at, in (0, 1).
        learned: share of positives that the loss saw, in [0, 1].
        after: None where the closed form does not fit.
        misfit: why it does not, or only roughly, in words; "" where it fits.
    """

    prevalence: float
    learned: float
    before: Reliability
    after: Reliability | None
    misfit: str


def calibrate(labels: Labels, scores: Scores, learned: float, prevalence: float, misfit: str) -> Calibration:
    """Judge scores at a prevalence, before and after they are corrected to it.

    They are corrected where ``misfit`` is "" or exactly ``priors.ROUGHLY``, whose words are kept. Any other misfit, a
    prior of 0 or 1 among them, leaves ``after`` None. Nothing is fitted, so the labels may be those of test.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float in [0, 1], probability of the positive.
        learned: share of positives that the loss saw.
        prevalence: share of positives to expect in use, in (0, 1).
        misfit: as ``priors.misfit`` has it for what was trained.

    Raises:
        ValueError: as ``reliability`` and ``correct``; for one, ``learned`` is 0 or 1 and ``misfit`` does not say so.
    """
    fits = misfit in ("", ROUGHLY)
    return Calibration(
        prevalence=prevalence,
        learned=learned,
        before=reliability(labels, scores, prevalence),
        after=reliability(labels, correct(scores, learned, prevalence), prevalence) if fits else None,
        misfit=misfit,
    )


def table(cells: Mapping[str, Sequence[Calibration]]) -> pd.DataFrame:
    """The reliability table of some cells, long: a row per bin.

    Returns:
        Columns ``cell``, ``trial`` (from 1, in the order given), ``prevalence``, ``learned``, ``misfit``, ``scores``
        (``before`` or ``after``; no rows of the latter where there is no correction), ``brier``, ``calibration_error``,
        ``bin`` (from 1, the lowest scores first), and those of ``Bin``.
    """
    rows = [
        {"cell": cell, "trial": number} | row
        for cell, trials in cells.items()
        for number, trial in enumerate(trials, start=1)
        for row in _rows(trial)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = (
    *("cell", "trial", "prevalence", "learned", "misfit", "scores", "brier", "calibration_error"),
    *("bin", "mean_score", "observed", "images", "low", "high"),
)


def _rows(trial: Calibration) -> Iterator[dict[str, object]]:
    shared = trial.model_dump(include={"prevalence", "learned", "misfit"})
    for which, scores in (("before", trial.before), ("after", trial.after)):
        if scores:
            judged = {"scores": which, "brier": scores.brier, "calibration_error": scores.calibration_error}
            for number, of in enumerate(scores.bins, start=1):
                yield shared | judged | {"bin": number} | of.model_dump()
