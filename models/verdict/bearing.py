"""What is known of the images, and bears on the figures: copies that taught, and labels that were corrected."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.objective.threshold_choice import rates_of
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Columns
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


def bearing(evidence: Evidence, column: int, known: KnownOfImages) -> Bearing:
    """What of it bears on a network's figures on test, at the decisions that were made."""
    ids = pd.Index(evidence.test.ids)
    labels = evidence.test.labels
    called, twin = evidence.called(column), np.isin(ids, list(known.twins))
    whole = _figures(evidence, called, labels, np.ones(len(ids), bool))
    told = Bearing(grave=known.grave, suspects=known.suspects)
    positive: Mask = labels == (evidence.place if evidence.place is not None else -1)
    if twin.any() and (without := _figures(evidence, called, labels, ~twin)):
        counted = positive if (twin & positive).any() else np.ones(len(ids), bool)
        images, of = int((twin & counted).sum()), int(counted.sum())
        told = told.model_copy(update={"twins": Otherwise(images=images, of=of, whole=whole, otherwise=without)})
    if known.labels_before is not None:
        before = known.labels_before.reindex(ids).to_numpy(dtype=np.int64)
        changed = before != labels
        if changed.any() and (as_before := _figures(evidence, called, before, before >= 0)):
            said = Otherwise(images=int(changed.sum()), of=len(ids), whole=whole, otherwise=as_before)
            told = told.model_copy(update={"corrected": said})
    return told


def _figures(evidence: Evidence, called: Columns, labels: Labels, mask: Mask) -> Mapping[str, float]:
    """Recall and precision, or balanced accuracy where no class has a threshold; {} for unknown."""
    own, hit, place = labels[mask], called[mask], evidence.place
    if place is None:
        recalls = [(hit[own == label] == label).mean() for label in np.unique(own)]
        return {"balanced_accuracy": float(np.mean(recalls))} if recalls else {}
    of = (own == place).astype(np.int64)
    if of.all() or not of.any():
        return {}
    found, stated = rates_of(of, hit == place), evidence.objective.prevalence
    return {
        "recall": float(found.recall),
        "precision": float((found if stated is None else found.at(stated)).precision),
    }
