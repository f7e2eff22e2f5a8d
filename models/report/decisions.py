"""What a trial decided on each image of test."""

import numpy as np
import pandas as pd

from steelyard.models.objective.decision import decide
from steelyard.models.operating import matrix

COLUMNS = ("trial_id", "id", "label", "called", "score")


def decisions(scores: pd.DataFrame, threshold: float, place: int | None) -> pd.DataFrame:
    """The class each image of test is called at the operating point.

    Args:
        scores: as kept: split, id, label and ``score_<c>``.
        threshold: of the trial.
        place: of the class with the threshold; None where none has one.

    Returns:
        Columns ``id``, ``label`` and ``called`` (int32 in [0, K)) and ``score`` (float32, of the class it is called),
        in the order of the ids.
    """
    test = scores[scores["split"] == "test"].sort_values("id")
    found = matrix(test)
    called = decide(found, threshold, place)
    return pd.DataFrame(
        {
            "id": test["id"].to_numpy(),
            "label": test["label"].to_numpy(np.int32),
            "called": called.astype(np.int32),
            "score": found[np.arange(len(called)), called],
        }
    )
