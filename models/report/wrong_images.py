"""The images of test that the best cell gets most wrong, and what a trial decides on each where every class counts."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.objective.operating_point import matrix
from steelyard.models.objective.threshold_choice import decide
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell

SHOWN = 12
"""Pictures of each kind where there is a class to find, and half of all where every class counts."""

MISS, FALSE_ALARM = "miss", "false alarm"

COLUMNS = ("trial_id", "id", "label", "called", "score")
"""Of what trials decided, where every class counts."""

OWN = "own"
"""A column beside these, where a class has a threshold: its score of each image."""


@dataclass(frozen=True)
class Decided:
    """Test as the trials of a cell decided on it, one for each seed.

    Attributes:
        every_class: whether every class counts, and none is the one to find.
        ids: n ids.
        labels: (n,) int64.
        called: (T, n) int64.
        scores: (T, n) float64, of the class to find; where every class counts of the one that the image is called.
    """

    every_class: bool
    ids: pd.Index
    labels: npt.NDArray[np.int64]
    called: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]

    @classmethod
    def by(cls, evidence: Evidence, cell: Cell) -> Self:
        """What a cell decided, before it is judged."""
        columns, test, rows = evidence.cells[cell], evidence.test, np.arange(len(evidence.test.ids))
        called, scores = evidence.called["operating"][columns], test.scores[columns].astype(np.float64)
        if evidence.every_class:
            of_trials = [evidence.scores(at)[rows, own] for at, own in zip(columns, called, strict=True)]
            scores = np.stack(of_trials).astype(np.float64)
        return cls(evidence.every_class, test.ids, test.labels, called, scores)

    @classmethod
    def best(cls, dossier: Dossier) -> Self:
        """What the recommended cell decided."""
        rows = dossier.rows(dossier.best)
        if dossier.every_class:
            every = dossier.tables(dossier.scores)
            tables = [every[row].set_index("id").sort_index() for row in rows]
            called, scores = (np.stack([table[name] for table in tables]) for name in ("called", "score"))
            first = tables[0]
            own = first["label"].to_numpy(np.int64), called.astype(np.int64), scores.astype(np.float64)
            return cls(True, first.index, *own)
        test, scores = dossier.test, dossier.test.scores[rows].astype(np.float64)
        return cls(False, test.ids, test.labels, (scores >= dossier.thresholds(rows)).astype(np.int64), scores)

    def wrong(self) -> pd.DataFrame:
        """The images that at least half of the seeds get wrong.

        Returns:
            Columns ``kind``, ``id``, ``score``, ``low`` and ``high``: mean, least and greatest over the seeds. Where
            every class counts, the surest errors first: ``id``, ``label``, ``called`` (what most of the seeds that are
            wrong call it; of equals the surest), ``seeds`` (how many call it that), and the scores of that by these
            seeds.
        """
        return self._of_classes() if self.every_class else self._of_one_class()

    def worst(self, shown: int = SHOWN) -> pd.DataFrame:
        """Of those the positives with the lowest and the negatives with the highest mean score, misses first.

        Where every class counts, the surest errors, twice as many as are ``shown`` of each kind.
        """
        table = self.wrong()
        if self.every_class:
            return table.head(2 * shown)
        misses, alarms = (table[table["kind"] == kind] for kind in (MISS, FALSE_ALARM))
        of_both = [misses.nsmallest(shown, "score"), alarms.nlargest(shown, "score")]
        return pd.concat(of_both, ignore_index=True)

    def _of_one_class(self) -> pd.DataFrame:
        table = pd.DataFrame(
            {
                "kind": np.where(self.labels == 1, MISS, FALSE_ALARM),
                "id": self.ids.to_numpy(),
                "score": self.scores.mean(axis=0),
                "low": self.scores.min(axis=0),
                "high": self.scores.max(axis=0),
            }
        )
        often: pd.DataFrame = table[(self.called != self.labels).mean(axis=0) >= 0.5]
        return often

    def _of_classes(self) -> pd.DataFrame:
        off = self.called != self.labels
        seeds, images = np.nonzero(off & (2 * off.sum(axis=0) >= len(off)))
        errors = pd.DataFrame(
            {
                "id": self.ids[images],
                "label": self.labels[images].astype(np.int32),
                "called": self.called[seeds, images].astype(np.int32),
                "score": self.scores[seeds, images],
            }
        )
        told = errors.groupby(["id", "label", "called"], sort=True)["score"].agg(["size", "sum", "mean", "min", "max"])
        table = told.reset_index().sort_values(["sum", "id"], ascending=[False, True], kind="stable")
        names = {"size": "seeds", "mean": "score", "min": "low", "max": "high"}
        table = table.drop_duplicates("id").rename(columns=names)
        return table[["id", "label", "called", "seeds", "score", "low", "high"]].reset_index(drop=True)


def wrong(dossier: Dossier) -> pd.DataFrame:
    """The images that the recommended cell gets wrong, whether or not there is a gallery: as ``Decided.wrong``."""
    return Decided.best(dossier).wrong()


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
