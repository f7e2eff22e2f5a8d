"""What a trial decided on each image of test."""

import numpy as np
import pandas as pd

from steelyard.models.classes.objective import ClassesObjective
from steelyard.models.classes.operating import matrix

COLUMNS = ("trial_id", "id", "label", "called", "score")


def decisions(
    scores: pd.DataFrame, objective: ClassesObjective, threshold: float, class_names: tuple[str, ...]
) -> pd.DataFrame:
    """The class each image of test is called at the operating point.

    Args:
        scores: as kept: split, id, label and ``score_<c>``.
        objective: that chose the threshold.
        threshold: of the trial.
        class_names: K names.

    Returns:
        Columns ``id``, ``label`` and ``called`` (int32 in [0, K)) and ``score`` (float32, of the class it is called),
        in the order of the ids.
    """
    test = scores[scores["split"] == "test"].sort_values("id")
    found = matrix(test)
    called = objective.decide(found, threshold, class_names)
    return pd.DataFrame(
        {
            "id": test["id"].to_numpy(),
            "label": test["label"].to_numpy(np.int32),
            "called": called.astype(np.int32),
            "score": found[np.arange(len(called)), called],
        }
    )
