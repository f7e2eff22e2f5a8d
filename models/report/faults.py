"""The images of test that the best cell gets most wrong."""

import numpy as np
import pandas as pd

from models.report.dossier import Dossier

SHOWN = 12
"""Of each kind."""

MISS, FALSE_ALARM = "miss", "false alarm"


def worst(dossier: Dossier, shown: int = SHOWN) -> pd.DataFrame:
    """Positives with the lowest and negatives with the highest mean score that most seeds of the best cell get wrong.

    Args:
        dossier: its ``gallery`` may still be empty.
        shown: at most so many of each kind.

    Returns:
        Columns ``kind``, ``id``, ``score``, ``low`` and ``high``; the worst of each kind first, misses first.
    """
    cell, test = dossier.best, dossier.test
    scores = test.scores[dossier.rows(cell)].astype(np.float64)
    thresholds = np.array([[trial.operating.threshold] for trial in dossier.trials(cell) if trial.operating])
    called = scores >= thresholds
    wrong = (called != (test.labels == 1)).mean(axis=0) > 0.5
    table = pd.DataFrame(
        {
            "kind": np.where(test.labels == 1, MISS, FALSE_ALARM),
            "id": test.ids.to_numpy(),
            "score": scores.mean(axis=0),
            "low": scores.min(axis=0),
            "high": scores.max(axis=0),
        }
    )[wrong]
    misses = table[table["kind"] == MISS].nsmallest(shown, "score")
    found: pd.DataFrame = pd.concat(
        [misses, table[table["kind"] == FALSE_ALARM].nlargest(shown, "score")], ignore_index=True
    )
    return found
