"""The images of test that the best cell gets most wrong, and what a trial decides on each where every class counts."""

import numpy as np
import pandas as pd

from steelyard.models.objective.operating_point import matrix
from steelyard.models.objective.threshold_choice import decide
from steelyard.models.report.dossier import Dossier

SHOWN = 12
"""Pictures of each kind where there is a class to find, and half of all where every class counts."""

MISS, FALSE_ALARM = "miss", "false alarm"

COLUMNS = ("trial_id", "id", "label", "called", "score")
"""Of what trials decided, where every class counts."""

OWN = "own"
"""A column beside these, where a class has a threshold: its score of each image."""


def wrong(dossier: Dossier) -> pd.DataFrame:
    """The images that at least half of the seeds of the best cell get wrong, whether or not there is a gallery.

    Returns:
        Columns ``kind``, ``id``, ``score``, ``low`` and ``high``: mean, least and greatest over the seeds. Where every
        class counts, the surest errors first: ``id``, ``label``, ``called`` (what most of the seeds that are wrong call
        it; of equals the surest), ``seeds`` (how many call it that), and the scores of that by these seeds.
    """
    return _of_classes(dossier) if dossier.every_class else _of_one_class(dossier)


def worst(dossier: Dossier, shown: int = SHOWN) -> pd.DataFrame:
    """Of those the positives with the lowest and the negatives with the highest mean score, misses first.

    Where every class counts, the surest errors, twice as many as are ``shown`` of each kind.
    """
    table = wrong(dossier)
    if dossier.every_class:
        return table.head(2 * shown)
    misses, alarms = (table[table["kind"] == kind] for kind in (MISS, FALSE_ALARM))
    of_both = [misses.nsmallest(shown, "score"), alarms.nlargest(shown, "score")]
    return pd.concat(of_both, ignore_index=True)


def _of_one_class(dossier: Dossier) -> pd.DataFrame:
    cell, test = dossier.best, dossier.test
    scores = test.scores[dossier.rows(cell)].astype(np.float64)
    thresholds = dossier.thresholds(dossier.rows(cell))
    table = pd.DataFrame(
        {
            "kind": np.where(test.labels == 1, MISS, FALSE_ALARM),
            "id": test.ids.to_numpy(),
            "score": scores.mean(axis=0),
            "low": scores.min(axis=0),
            "high": scores.max(axis=0),
        }
    )
    often: pd.DataFrame = table[((scores >= thresholds) != (test.labels == 1)).mean(axis=0) >= 0.5]
    return often


def _of_classes(dossier: Dossier) -> pd.DataFrame:
    seeds, trained = dossier.trials(dossier.best), [trial.trial_id for trial in dossier.trained(dossier.best)]
    own = dossier.scores[dossier.scores["trial_id"].isin(trained)]
    errors = own[own["called"] != own["label"]]
    often = errors["id"].value_counts()
    errors = errors[errors["id"].isin(often.index[2 * often >= len(seeds)])]
    told = errors.groupby(["id", "label", "called"], sort=True)["score"].agg(["size", "sum", "mean", "min", "max"])
    table = told.reset_index().sort_values(["sum", "id"], ascending=[False, True], kind="stable")
    table = table.drop_duplicates("id").rename(columns={"size": "seeds", "mean": "score", "min": "low", "max": "high"})
    return table[["id", "label", "called", "seeds", "score", "low", "high"]].reset_index(drop=True)


def decisions(scores: pd.DataFrame, threshold: float, place: int | None) -> pd.DataFrame:
    """The class each image of test is called at the operating point.

    Args:
        scores: as kept: split, id, label and ``score_<c>``.
        threshold: of the trial.
        place: of the class with the threshold; None where none has one.

    Returns:
        Columns ``id``, ``label`` and ``called`` (int32 in [0, K)) and ``score`` (float32, of the class it is called),
        in the order of the ids; where a class has a threshold ``own`` (float32, of that class) too.
    """
    test = scores[scores["split"] == "test"].sort_values("id")
    probabilities = matrix(test)
    called = decide(probabilities, threshold, place)
    own = {} if place is None else {OWN: probabilities[:, place]}
    return pd.DataFrame(
        {
            "id": test["id"].to_numpy(),
            "label": test["label"].to_numpy(np.int32),
            "called": called.astype(np.int32),
            "score": probabilities[np.arange(len(called)), called],
        }
        | own
    )
