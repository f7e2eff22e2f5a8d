"""Calibrators: rising maps from scores to probabilities, fitted on images that the network did not learn from."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import scipy  # Its parts come when they are first used: the command line is there half a second sooner.

from steelyard.models.calibration.priors import Scores, Values, correct
from steelyard.models.calibration.reliability import Labels
from steelyard.models.spec.trial import Frozen

NEAREST = 2.0**-23
"""To 0 and 1 that a score counts, the rounding of float32: of 0 and 1 themselves the log odds are infinite."""


class Platt(Frozen):
    """A logistic curve over the log odds of the score:  odds = exp(offset) * odds(score)^slope.

    Attributes:
        slope: >= 0; below 1 where scores are too sure, above 1 where they are not sure enough.
        offset: in nats.
        share: of positives among the images that it was fitted on, for which its probabilities are, in (0, 1).
    """

    kind: Literal["platt"] = "platt"
    slope: float
    offset: float
    share: float

    def at_share(self, scores: Scores) -> Values:
        """(n,) float64 in (0, 1), probabilities at ``share`` from (n,) scores in [0, 1]."""
        given: Values = scipy.special.expit(self.slope * log_odds(scores) + self.offset)
        return given


class Isotonic(Frozen):
    """Straight lines between knots, level beyond the first and the last.

    Attributes:
        scores: (k,) ascending, in [0, 1]; of each knot.
        probabilities: (k,) non-decreasing, in (0, 1); at each knot.
        share: as of ``Platt``.
    """

    kind: Literal["isotonic"] = "isotonic"
    scores: tuple[float, ...]
    probabilities: tuple[float, ...]
    share: float

    def at_share(self, scores: Scores) -> Values:
        """(n,) float64 in (0, 1), probabilities at ``share`` from (n,) scores in [0, 1]."""
        return np.interp(np.asarray(scores, np.float64), self.scores, self.probabilities)


Calibrator = Platt | Isotonic


def of_fields(fields: Mapping[str, Any]) -> Calibrator:
    """The calibrator whose fields, as JSON has them, these are."""
    kind = Isotonic if fields["kind"] == "isotonic" else Platt
    return kind.model_validate(fields)


def calibrated(calibrator: Calibrator, scores: Scores, wanted: float) -> Values:
    """(n,) float64, probabilities where a share ``wanted`` in (0, 1) is positive, from (n,) scores in [0, 1].

    The calibrator gives them for the share that it was fitted at; from there they move by the odds, as ``correct``
    does. Both steps keep the order of the scores, or make equals of some.
    """
    return correct(calibrator.at_share(scores), calibrator.share, wanted)


def platt(labels: Labels, scores: Scores) -> Platt:
    """Fit a logistic curve to the log odds of scores.

    It maximises the likelihood of smoothed labels,  (P + 1) / (P + 2)  for each of P positives and  1 / (N + 2)  for
    each of N negatives, so that it stays finite where the scores part the classes. The slope is held to >= 0.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float in [0, 1], at whatever share of positives the loss saw: that is but another offset.

    Raises:
        ValueError: one class is missing.

    Source:
        Platt 1999, "Probabilistic outputs for support vector machines", section 2.2; equals scikit-learn's
        ``CalibratedClassifierCV(method="sigmoid")`` on the log odds of the scores.
    """
    lowest, highest = _smoothed(labels)
    odds, wanted = log_odds(scores), np.where(labels == 1, highest, lowest)

    def loss(line: Values) -> tuple[float, Values]:
        at = line[0] * odds + line[1]
        gap = scipy.special.expit(at) - wanted
        return float(np.mean(np.logaddexp(0, at) - wanted * at)), np.array([np.mean(gap * odds), np.mean(gap)])

    start, bounds = [1.0, 0.0], [(0.0, None), (None, None)]
    options = {"ftol": 1e-13, "gtol": 1e-8}
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    slope, offset = (float(value) for value in found.x)
    return Platt(slope=slope, offset=offset, share=float(np.mean(labels == 1)))


def isotonic(labels: Labels, scores: Scores) -> Isotonic:
    """Fit the non-decreasing function of the score that is nearest to the labels in the mean square.

    Its ends are held to the smoothed labels of ``platt``: no number of images shows that an image is surely positive,
    and of such a probability no prevalence would change anything.

    Arguments and errors are those of ``platt``.

    Source:
        Zadrozny & Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates"; but for
        the ends it equals ``sklearn.isotonic.IsotonicRegression(out_of_bounds="clip")``.
    """
    lowest, highest = _smoothed(labels)
    distinct, place = np.unique(np.asarray(scores, np.float64), return_inverse=True)
    images, positives = np.bincount(place), np.bincount(place, weights=labels == 1)
    fitted = scipy.optimize.isotonic_regression(positives / images, weights=images).x
    rises = np.diff(fitted) > 0
    knots = np.r_[True, rises] | np.r_[rises, True]
    return Isotonic(
        scores=tuple(distinct[knots].tolist()),
        probabilities=tuple(fitted[knots].clip(lowest, highest).tolist()),
        share=float(np.mean(labels == 1)),
    )


def log_odds(scores: Scores) -> Values:
    """(n,) float64, finite, from (n,) scores in [0, 1]; in nats."""
    odds: Values = scipy.special.logit(np.clip(np.asarray(scores, np.float64), NEAREST, 1 - NEAREST))
    return odds


def _smoothed(labels: Labels) -> tuple[float, float]:
    """What a negative's label and a positive's become."""
    positives = int(np.sum(labels == 1))
    if not 0 < positives < len(labels):
        raise ValueError(f"labels must hold both classes, got {positives} positives among {len(labels)} images")
    return 1 / (len(labels) - positives + 2), (positives + 1) / (positives + 2)
