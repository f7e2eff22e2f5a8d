"""The images of test that the network to use gets most wrong, and what a trial decides where every class counts."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.objective.operating_point import matrix
from steelyard.models.objective.threshold_choice import decide
from steelyard.models.report.dossier import OWN, Dossier
from steelyard.models.verdict.evidence import Evidence

SHOWN = 12
"""Pictures of each kind where there is a class to find, and half of all where every class counts."""

MISS, FALSE_ALARM = "miss", "false alarm"

COLUMNS = ("trial_id", "id", "label", "called", "score")
"""Of what trials decided, where every class counts."""


@dataclass(frozen=True)
class Decided:
    """Test as one network decided on it.

    Attributes:
        every_class: whether every class counts, and none is the one to find.
        ids: n ids.
        labels: (n,) int64.
        called: (n,) int64.
        scores: (n,) float64, of the class to find; where every class counts of the one that the image is called.
    """

    every_class: bool
    ids: pd.Index
    labels: npt.NDArray[np.int64]
    called: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float64]

    @classmethod
    def by(cls, evidence: Evidence, column: int) -> Self:
        """What a network decided, before it is judged."""
        test, called = evidence.test, evidence.called(column)
        scores = test.scores[column]
        if evidence.every_class:
            scores = evidence.scores(column)[np.arange(len(called)), called]
        return cls(evidence.every_class, test.ids, test.labels, called, scores.astype(np.float64))

    @classmethod
    def best(cls, dossier: Dossier) -> Self:
        """What the recommended network decided."""
        row = dossier.network(dossier.best)
        if dossier.every_class:
            table = dossier.tables(dossier.scores)[row].set_index("id").sort_index()
            labels, called = (table[name].to_numpy(np.int64) for name in ("label", "called"))
            return cls(True, table.index, labels, called, table["score"].to_numpy(np.float64))
        test, scores = dossier.test, dossier.test.scores[row].astype(np.float64)
        called = (scores >= dossier.threshold(row)).astype(np.int64)
        return cls(False, test.ids, test.labels, called, scores)

    def wrong(self) -> pd.DataFrame:
        """The images that the network gets wrong.

        Returns:
            Columns ``kind`` (``MISS`` or ``FALSE_ALARM``), ``id`` and ``score``; where every class counts ``id``,
            ``label``, ``called`` and ``score``, the surest errors first.
        """
        named = {"id": self.ids.to_numpy(), "label": self.labels, "called": self.called, "score": self.scores}
        table: pd.DataFrame = pd.DataFrame(named)[self.called != self.labels]
        if self.every_class:
            return table.sort_values(["score", "id"], ascending=[False, True], kind="stable", ignore_index=True)
        kinds = np.where(table["label"] == 1, MISS, FALSE_ALARM)
        return table.assign(kind=kinds)[["kind", "id", "score"]].reset_index(drop=True)

    def worst(self, shown: int = SHOWN) -> pd.DataFrame:
        """Of those the positives with the lowest and the negatives with the highest score, misses first.

        Where every class counts, the surest errors, twice as many as are ``shown`` of each kind.
        """
        table = self.wrong()
        if self.every_class:
            return table.head(2 * shown)
        misses, alarms = (table[table["kind"] == kind] for kind in (MISS, FALSE_ALARM))
        of_both = [misses.nsmallest(shown, "score"), alarms.nlargest(shown, "score")]
        return pd.concat(of_both, ignore_index=True)


def wrong(dossier: Dossier) -> pd.DataFrame:
    """The images that the recommended network gets wrong, whether or not there is a gallery: as ``Decided.wrong``."""
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
    called = decide(probabilities, threshold, place).astype(np.int32)
    score = probabilities[np.arange(len(called)), called]
    table = {"id": test["id"].to_numpy(), "label": test["label"].to_numpy(np.int32), "called": called, "score": score}
    return pd.DataFrame(table | ({} if place is None else {OWN: probabilities[:, place]}))
