"""A trained network with what its decisions need: what each image is called, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mlflow.entities.model_registry import ModelVersion

from steelyard.models.calibration.calibrator import calibrated, of_fields
from steelyard.models.calibration.priors import correct
from steelyard.models.objective import Objective
from steelyard.models.objective.threshold_choice import BY_ARGMAX, decide, threshold_class

Images = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Decider:
    """A trial that finished, ready to score images.

    Attributes:
        run_id: of the trial.
        class_names: negative and positive, or every class.
        objective: that chose the threshold, where every class counts; "" elsewhere.
        threshold: scores at or above it are called positive; -1 where the highest score of several decides.
        size: pixels per side that it was trained on.
        channels: 1 (grey) or 3 (RGB).
        bits: per pixel that the images of more than 8 bits were scaled from; 8 where there were none.
        fit: how images were made square; None for what suits each.
        interpolation: ``bilinear`` or ``bicubic``.
        model: of MLflow.
        files: folder of the model.
        version: of the registry, where the model was found there.
        band: lowest and highest score on which it abstains; None where it always decides.
        decision: of a registered model, as ``saved_model.save_deciding`` has it.
    """

    run_id: str
    class_names: tuple[str, ...]
    objective: str
    threshold: float
    size: int
    channels: int
    bits: int
    fit: str | None
    interpolation: str
    model: Any
    files: Path
    version: ModelVersion | None = None
    band: tuple[float, float] | None = None
    decision: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """What ``answers`` has of each image."""
        if self.version is None:
            return "label", "score", "threshold"
        return "label", "probability", "score", "threshold", "version", *(("abstain",) if self.band else ())

    @property
    def module(self) -> Any:
        """The network of torch: (N, channels, size, size) uint8 -> (N, K) logits."""
        return self.model.unwrap_python_model().module

    def abstains(self, score: float) -> bool:
        """Whether a score is too near the threshold to decide on."""
        return self.band is not None and self.band[0] <= score <= self.band[1]

    def score(self, images: Images) -> npt.NDArray[np.float32]:
        """Probabilities, uncorrected, of (N, size, size, channels) uint8.

        Returns:
            (N, 1) float32 in [0, 1], of the positive class; (N, K) of each class, where every class counts.
        """
        scores: npt.NDArray[np.float32] = self.model.predict(images).to_numpy(np.float32)
        return scores

    def decide(self, scores: npt.NDArray[np.float32]) -> Iterator[tuple[str, float]]:
        """What each image is called, and the score that says so, as float64 in which thresholds are compared.

        That is the score of the class that has a threshold; where the highest decides, that one.
        """
        exact = scores.astype(np.float64)
        if not self.objective:
            called, own = (exact[:, 0] >= self.threshold).astype(np.int64), exact[:, 0]
        else:
            place = threshold_class(Objective.parse(self.objective), self.class_names)
            called = decide(scores, self.threshold, place)
            own = exact.max(axis=1) if self.threshold == BY_ARGMAX or place is None else exact[:, place]
        yield from zip((self.class_names[place] for place in called), own.tolist(), strict=True)

    def answers(self, scores: npt.NDArray[np.float32]) -> Iterator[tuple[Any, ...]]:
        """The ``columns`` of each image: of a registered model what it answers wherever it is asked.

        ``probability`` is None where scores can neither be corrected nor calibrated.
        """
        decided = list(self.decide(scores))
        if self.version is None:
            yield from ((label, score, self.threshold) for label, score in decided)
            return
        for (label, score), probability in zip(decided, self._probabilities(scores, decided), strict=True):
            abstains = (self.abstains(score),) if self.band else ()
            known = None if np.isnan(probability) else float(probability)
            yield label, known, score, self.threshold, str(self.version.version), *abstains

    def _probabilities(self, scores: npt.NDArray[np.float32], decided: list[tuple[str, float]]) -> Values:
        """(N,) float64 as the registered model gives them: see ``served_model``."""
        exact = scores.astype(np.float64)
        if self.objective:
            places = [self.class_names.index(label) for label, _ in decided]
            return exact[np.arange(len(exact)), places]
        asked = self.decision
        if asked.get("calibrator"):
            return calibrated(of_fields(asked["calibrator"]), exact[:, 0], asked["prevalence"])
        if asked["learned"] is None:
            return np.full(len(exact), np.nan)
        return correct(exact[:, 0], asked["learned"], asked["prevalence"])
