"""The images of test that the best cell gets most wrong, and the classes that it takes for each other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from steelyard.models.report.dossier import Dossier

SHOWN = 12
"""Pictures of each kind where there is a class to find, and half of all where every class counts."""

HALF = 0.5

MISS, FALSE_ALARM = "miss", "false alarm"

PAIRS = 20


def wrong(dossier: Dossier) -> pd.DataFrame:
    """The images that at least half of the seeds of the best cell get wrong.

    Args:
        dossier: its ``gallery`` may still be empty.

    Returns:
        Columns ``kind``, ``id``, ``score``, ``low`` and ``high``: mean, least and greatest over the seeds. Where every
        class counts, the surest errors first: ``id``, ``label``, ``called`` (what most of the seeds that are wrong call
        it; of equals the surest), ``seeds`` (how many call it that), and the scores of that by these seeds.
    """
    return _of_classes(dossier) if dossier.every_class else _of_one_class(dossier)


def worst(dossier: Dossier, shown: int = SHOWN) -> pd.DataFrame:
    """Of those the positives with the lowest and the negatives with the highest mean score, misses first.

    Where every class counts, the surest errors.

    Args:
        dossier: its ``gallery`` may still be empty.
        shown: at most so many of each kind; of two kinds, where every class counts.
    """
    table = wrong(dossier)
    if dossier.every_class:
        return table.head(2 * shown)
    misses, alarms = (table[table["kind"] == kind] for kind in (MISS, FALSE_ALARM))
    found: pd.DataFrame = pd.concat(
        [misses.nsmallest(shown, "score"), alarms.nlargest(shown, "score")], ignore_index=True
    )
    return found


def _of_one_class(dossier: Dossier) -> pd.DataFrame:
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


def _of_classes(dossier: Dossier) -> pd.DataFrame:
    seeds = [trial.trial_id for trial in dossier.trials(dossier.best)]
    own = dossier.scores[dossier.scores["trial_id"].isin(seeds)]
    errors = own[own["called"] != own["label"]]
    often = errors["id"].value_counts()
    errors = errors[errors["id"].isin(often.index[2 * often >= len(seeds)])]
    told = errors.groupby(["id", "label", "called"], sort=True)["score"].agg(["size", "sum", "mean", "min", "max"])
    table = told.reset_index().sort_values(["sum", "id"], ascending=[False, True], kind="stable")
    table = table.drop_duplicates("id").rename(columns={"size": "seeds", "mean": "score", "min": "low", "max": "high"})
    found: pd.DataFrame = table[["id", "label", "called", "seeds", "score", "low", "high"]].reset_index(drop=True)
    return found


@dataclass(frozen=True)
class Pair:
    """A class that is taken for another.

    Attributes:
        label: name of the class.
        called: name of the class that images of it are called.
        images: of test, mean over seeds.
        of: images of the class in test.
    """

    label: str
    called: str
    images: float
    of: int

    @property
    def share(self) -> float:
        """Of the class's images."""
        return self.images / self.of


def pairs(dossier: Dossier, shown: int = PAIRS) -> list[Pair]:
    """The pairs of classes that the best cell takes for each other most, by images of test, then by label."""
    counts, verdict = np.array(dossier.best.confusion, np.float64), dossier.verdict
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:shown]
    places = (divmod(int(place), len(counts)) for place in order)
    return [
        Pair(verdict.classes[row], verdict.classes[column], float(counts[row, column]), verdict.sizes[row])
        for row, column in places
        if counts[row, column]
    ]
