"""The images of test that the best cell gets most surely wrong, and the classes it takes for each other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from steelyard.models.report.classes.dossier import ClassesDossier

SHOWN = 24
"""Pictures."""

PAIRS = 20


def wrong(dossier: ClassesDossier) -> pd.DataFrame:
    """The images that at least half of the seeds of the best cell get wrong, the surest errors first.

    Args:
        dossier: its ``gallery`` may still be empty.

    Returns:
        Columns ``id``, ``label``, ``called`` (what most of the seeds that are wrong call it; of equals the surest),
        ``seeds`` (how many call it that), ``score``, ``low`` and ``high`` (mean, least and greatest of these seeds'
        scores of it).
    """
    seeds = [trial.trial_id for trial in dossier.trials(dossier.best)]
    own = dossier.decisions[dossier.decisions["trial_id"].isin(seeds)]
    errors = own[own["called"] != own["label"]]
    often = errors["id"].value_counts()
    errors = errors[errors["id"].isin(often.index[2 * often >= len(seeds)])]
    told = errors.groupby(["id", "label", "called"], sort=True)["score"].agg(["size", "sum", "mean", "min", "max"])
    table = told.reset_index().sort_values(["sum", "id"], ascending=[False, True], kind="stable")
    table = table.drop_duplicates("id").rename(columns={"size": "seeds", "mean": "score", "min": "low", "max": "high"})
    found: pd.DataFrame = table[["id", "label", "called", "seeds", "score", "low", "high"]].reset_index(drop=True)
    return found


def worst(dossier: ClassesDossier, shown: int = SHOWN) -> pd.DataFrame:
    """Of those the first.

    Args:
        dossier: its ``gallery`` may still be empty.
        shown: at most so many.
    """
    return wrong(dossier).head(shown)


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


def pairs(dossier: ClassesDossier, shown: int = PAIRS) -> list[Pair]:
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
