"""How a network of a sweep, or its folds' networks, scored and called the images that these did not learn from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from steelyard.models.report.dossier import Dossier
from steelyard.models.report.wrong_images import OWN
from steelyard.models.verdict.cell_verdict import CellVerdict


@dataclass(frozen=True)
class ReferenceScores:
    """Images of test.

    Attributes:
        table: columns ``id``, ``label`` (int64), ``score`` (float32, that the model decides by) and ``alarm`` (bool).
        alarms: names of the classes that count as an alarm: the one with a threshold; where the highest score decides,
            all but the one that test's images are called most often.
        exact: whether the scores are of the very network that is registered, and neither it nor its threshold was
            chosen on these images.
    """

    table: pd.DataFrame
    alarms: tuple[str, ...]
    exact: bool


def reference_scores(dossier: Dossier, cell: CellVerdict, run_id: str, decision: dict[str, Any]) -> ReferenceScores:
    """Those of a network of a cell; of all folds together, where it is the mean of theirs.

    Args:
        dossier: of its sweep.
        cell: what it was trained by.
        run_id: of the network.
        decision: as ``register.decision_of`` has it.
    """
    trial = next((of for of in dossier.found.trials if of.run_id == run_id), None)
    name, fold = (trial.trial_id, trial.fold) if trial else (dossier.found.best, 0)
    own = (row for row, of in enumerate(dossier.finished) if name in (of.trial_id, *of.of_folds))
    row = next(own, dossier.rows(cell)[0])
    called = (_of_classes if dossier.every_class else _of_one_class)(dossier, row, fold, decision["threshold"])
    names, place = decision["labels"], decision["place"]
    usual = called["called"].mode().iloc[0]
    # Of two classes the second is the one to find.
    alarming = [1] if not dossier.every_class else [place] if place is not None else set(range(len(names))) - {usual}
    table = called.assign(alarm=called["called"].isin(list(alarming))).drop(columns="called")
    exact = trial is not None and not fold and not dossier.verdict.optimistic
    return ReferenceScores(table.reset_index(drop=True), tuple(names[of] for of in sorted(alarming)), exact)


def _of_one_class(dossier: Dossier, row: int, fold: int, threshold: float) -> pd.DataFrame:
    test = dossier.test
    rows = np.flatnonzero(test.folds == fold) if fold and test.folds is not None else np.arange(len(test.labels))
    scores = test.scores[row][rows]
    table = pd.DataFrame({"id": test.ids[rows], "label": test.labels[rows], "score": scores})
    return table.assign(called=(scores.astype(np.float64) >= threshold).astype(np.int64))


def _of_classes(dossier: Dossier, row: int, fold: int, threshold: float) -> pd.DataFrame:
    table = dossier.tables(dossier.scores)[row]
    table = table[table["fold"] == fold] if fold and "fold" in table else table
    score = table[OWN] if OWN in table and threshold >= 0 else table["score"]
    return table[["id", "label", "called"]].astype({"label": np.int64, "called": np.int64}).assign(score=score)
