"""How a network of a sweep, or its folds' networks, scored and called the images that these did not learn from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from steelyard.models.report.dossier import OWN, Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict


@dataclass(frozen=True)
class ReferenceScores:
    """Images of test.

    Attributes:
        table: columns ``id``, ``label`` (int64), ``score`` (float32, that the model decides by) and ``alarm`` (bool).
        alarms: names of the classes that count as an alarm: the one with a threshold; where the highest score decides,
            all but the one that test's images are called most often.
        exact: whether the scores are of the very network that is registered.
    """

    table: pd.DataFrame
    alarms: tuple[str, ...]
    exact: bool


def scored_by(dossier: Dossier, cell: CellVerdict, run_id: str) -> tuple[int, int, bool]:
    """Find whose held-out scores stand for a network of a cell.

    Returns:
        The place of a trial in ``dossier.finished``; the fold whose images alone it scored, 0 for all; and whether
        the scores are of that very network, and not of the folds' networks that it is the mean of.
    """
    trial = next((of for of in dossier.found.trials if of.run_id == run_id), None)
    name, fold = (trial.trial_id, trial.fold) if trial else (dossier.found.best, 0)
    rows = (row for row, of in enumerate(dossier.finished) if name in (of.trial_id, *of.of_folds))
    return next(rows, dossier.network(cell)), fold, trial is not None


def reference_scores(dossier: Dossier, cell: CellVerdict, run_id: str, decision: dict[str, Any]) -> ReferenceScores:
    """Those of a network of a cell; of all folds together where it is the mean of the folds' networks.

    Args:
        dossier: of its sweep.
        cell: what it was trained by.
        run_id: of the network.
        decision: as ``register.decision_of`` has it.
    """
    row, fold, exact = scored_by(dossier, cell, run_id)
    called = dossier.tables(dossier.scores)[row]
    called = called[called["fold"] == fold] if fold and "fold" in called else called
    names, place, threshold = decision["labels"], decision["place"], decision["threshold"]
    if dossier.every_class:
        called = called.assign(score=called[OWN]) if OWN in called and threshold >= 0 else called
        usual = called["called"].mode().iloc[0]
        alarming = [place] if place is not None else sorted(set(range(len(names))) - {usual})
    else:
        called = called[called["split"] == "test"].sort_values("id")
        called = called.assign(called=called["score"].astype(np.float64) >= threshold)
        alarming = [1]
    table = called[["id", "label", "score"]].astype({"label": np.int64, "score": np.float32})
    table = table.assign(alarm=called["called"].astype(np.int64).isin(alarming)).reset_index(drop=True)
    return ReferenceScores(table, tuple(names[of] for of in alarming), exact)
