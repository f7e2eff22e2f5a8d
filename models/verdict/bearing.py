"""What is known of the images, and bears on the figures: copies that taught, and labels that were corrected."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.objective.rates import Rates
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.sweep_verdict import Bearing, Otherwise

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.integer]


@dataclass(frozen=True)
class KnownOfImages:
    """What is known of images, by id.

    Attributes:
        twins: those of test that have a copy among those that taught.
        labels_before: labels before they were corrected, -1 for an image that would not be in use; None where none was.
        grave: findings that make figures too good, in words.
        suspects: images whose labels the others do not bear out.
    """

    twins: frozenset[str] = frozenset()
    labels_before: "pd.Series[int] | None" = None
    grave: tuple[str, ...] = ()
    suspects: int = 0


KNOWN_NOTHING = KnownOfImages()


def bearing(evidence: Evidence, cell: Cell, known: KnownOfImages) -> Bearing:
    """What of it bears on a cell's figures on test, at the decisions that were made."""
    ids = pd.Index(evidence.test.ids)
    labels = evidence.test.labels
    whole, twin = _figures(evidence, cell, labels, np.ones(len(ids), bool)), np.isin(ids, list(known.twins))
    told = Bearing(grave=known.grave, suspects=known.suspects)
    positive: Mask = labels == (evidence.place if evidence.place is not None else -1)
    if twin.any() and (without := _figures(evidence, cell, labels, ~twin)):
        counted = positive if (twin & positive).any() else np.ones(len(ids), bool)
        images, of = int((twin & counted).sum()), int(counted.sum())
        told = told.model_copy(update={"twins": Otherwise(images=images, of=of, whole=whole, otherwise=without)})
    if known.labels_before is not None:
        before = known.labels_before.reindex(ids).to_numpy(dtype=np.int64)
        changed = before != labels
        if changed.any() and (as_before := _figures(evidence, cell, before, before >= 0)):
            said = Otherwise(images=int(changed.sum()), of=len(ids), whole=whole, otherwise=as_before)
            told = told.model_copy(update={"corrected": said})
    return told


def _figures(evidence: Evidence, cell: Cell, labels: Labels, mask: Mask) -> Mapping[str, float]:
    """Recall and precision, or balanced accuracy where no class has a threshold, means of networks; {} for unknown."""
    column = evidence.best_column(cell)
    called, place = evidence.called["operating"][column : column + 1][:, mask], evidence.place
    own = labels[mask]
    if place is None:
        recalls = [(called[:, own == label] == label).mean() for label in np.unique(own)]
        return {"balanced_accuracy": float(np.mean(recalls))} if recalls else {}
    of = own == place
    if of.all() or not of.any():
        return {}
    recall, false = (called[:, of] == place).mean(axis=1), (called[:, ~of] == place).mean(axis=1)
    share = float(of.mean()) if evidence.objective.prevalence is None else evidence.objective.prevalence
    return {"recall": float(recall.mean()), "precision": float(np.mean(Rates(recall, false, share).precision))}
