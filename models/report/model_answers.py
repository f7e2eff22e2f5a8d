"""What a registered model answers beside its decision: calibrated probabilities, and where it abstains."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from steelyard.models.calibration.abstention import Abstention, abstention, lowest
from steelyard.models.calibration.calibrator_choice import CalibratorChoice, chosen
from steelyard.models.calibration.decision_errors import Decisions
from steelyard.models.errors import BadInput
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.reference_scores import scored_by
from steelyard.models.verdict.cell_verdict import CellVerdict


@dataclass(frozen=True)
class Answers:
    """What a model answers beside its decision.

    Attributes:
        calibration: None where several classes count, or no prevalence is known.
        abstention: None where none was asked for.
        is_mean: whether the model is the mean of its folds' networks, whose scores it was measured by.
        grouped: whether images come in groups.
    """

    calibration: CalibratorChoice | None = None
    abstention: Abstention | None = None
    is_mean: bool = False
    grouped: bool = False

    @property
    def decision(self) -> dict[str, Any]:
        """What ``logged_model.save_deciding`` takes of it."""
        calibrator, band = self.calibration and self.calibration.calibrator, self.abstention
        return {
            "calibrator": calibrator.model_dump(mode="json") if calibrator else None,
            "abstain": {"low": band.low, "high": band.high} if band else None,
        }


def answers(
    dossier: Dossier, cell: CellVerdict, run_id: str, decision: dict[str, Any], abstain: float | None
) -> Answers:
    """What a network of a cell answers.

    Args:
        dossier: of its sweep.
        cell: what it was trained by.
        run_id: of the network.
        decision: as ``register.decision_of`` has it.
        abstain: share of wrong decisions that it is to keep to by abstaining; None where it always decides.

    Raises:
        BadInput: it cannot keep to it.
    """
    if abstain is not None:
        _check(abstain, dossier)
    if dossier.every_class:
        return Answers()
    (row, fold, exact), test, prevalence = scored_by(dossier, cell, run_id), dossier.test, decision["prevalence"]
    rows = np.flatnonzero(test.folds == fold) if fold else np.arange(len(test.labels))
    groups = None if test.groups is None else np.unique(test.groups[rows], return_inverse=True)[1]
    held = Decisions(
        test.labels[rows], test.scores[row][rows], decision["threshold"], dossier.objective.prevalence, groups
    )
    return Answers(
        calibration=prevalence and chosen(held.labels, held.scores, decision["learned"], prevalence, groups),
        abstention=None if abstain is None else _abstention(held, abstain),
        is_mean=not exact,
        grouped=groups is not None,
    )


def _check(abstain: float, dossier: Dossier) -> None:
    if not 0 < abstain < 0.5:
        raise BadInput(f"abstain must be a share of wrong decisions in (0, 0.5), got {abstain}; give one such as 0.02")
    if dossier.every_class:
        raise BadInput(f"abstain must be left out where {len(dossier.verdict.classes)} classes count, got {abstain:g}")


def _abstention(made: Decisions, abstain: float) -> Abstention:
    if found := abstention(made, abstain):
        return found
    least, images = lowest(made, abstain), f"{len(made.labels):,} images of test"
    can = f"at least {least.most:g}, with no answer on {100 * least.share:.0f} of 100 images" if least else "left out"
    raise BadInput(f"abstain must be {can}, for {images} show no less with 95 % certainty, got {abstain:g}; test more")
