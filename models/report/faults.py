"""The images of test that the best cell gets most wrong."""

import numpy as np
import pandas as pd

from steelyard.models.report.dossier import Dossier

SHOWN = 12
"""Of each kind."""

HALF = 0.5

MISS, FALSE_ALARM = "miss", "false alarm"


def wrong(dossier: Dossier) -> pd.DataFrame:
    """The images that at least half of the seeds of the best cell get wrong.

    Args:
        dossier: its ``gallery`` may still be empty.

    Returns:
        Columns ``kind``, ``id``, ``score``, ``low`` and ``high``: mean, least and greatest over the seeds.
    """
    cell, test = dossier.best, dossier.test
    scores = test.scores[dossier.rows(cell)].astype(np.float64)
    thresholds = np.array([[trial.operating.threshold] for trial in dossier.trials(cell) if trial.operating])
    table = pd.DataFrame(
        {
            "kind": np.where(test.labels == 1, MISS, FALSE_ALARM),
            "id": test.ids.to_numpy(),
            "score": scores.mean(axis=0),
            "low": scores.min(axis=0),
            "high": scores.max(axis=0),
        }
    )
    found: pd.DataFrame = table[((scores >= thresholds) != (test.labels == 1)).mean(axis=0) >= HALF]
    return found


def worst(dossier: Dossier, shown: int = SHOWN) -> pd.DataFrame:
    """Of those, the positives with the lowest and the negatives with the highest mean score.

    Args:
        dossier: its ``gallery`` may still be empty.
        shown: at most so many of each kind.

    Returns:
        As ``wrong``; the worst of each kind first, misses first.
    """
    table = wrong(dossier)
    misses = table[table["kind"] == MISS].nsmallest(shown, "score")
    found: pd.DataFrame = pd.concat(
        [misses, table[table["kind"] == FALSE_ALARM].nlargest(shown, "score")], ignore_index=True
    )
    return found
