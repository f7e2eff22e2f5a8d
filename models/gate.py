"""Whether a new model may take the place of the champion: both decide on images that neither learned from."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.tally import Tally
from steelyard.models.objective import Objective
from steelyard.models.objective.rates import Rates, Values
from steelyard.models.spec.gate import MARGIN
from steelyard.models.spec.trial import Frozen
from steelyard.models.statistics.intervals import Z_95
from steelyard.models.statistics.resampling import Weights, draw

FEWEST = 30
"""Positives, or images of the smallest class where all count, below which no champion is judged."""

Labels = npt.NDArray[np.int64]


class Compared(Frozen):
    """The champion and a challenger on the same images.

    Attributes:
        images: that both decided on.
        positives: of these, or of the smallest class where all count.
        metric: that the objective optimises.
        champion: what it is of the champion; ``challenger`` likewise.
        gain: the challenger's minus the champion's, so that higher is better, with its 95 % interval, ``low`` to
            ``high``.
        margin: what may be lost, in the same unit.
        every_class: whether all classes count.
        constraint: metric under the objective's constraint; "" where there is none.
        held: what that is of the champion, and of the challenger.
        breaks: whether the challenger misses the constraint's bound on these images by more than the champion does.
    """

    images: int
    positives: int
    metric: str
    champion: float
    challenger: float
    gain: float
    low: float
    high: float
    margin: float
    every_class: bool
    constraint: str = ""
    held: tuple[float, float] = (0.0, 0.0)
    breaks: bool = False

    @property
    def not_worse(self) -> bool:
        """Whether the interval rules out a loss of more than the margin, and the constraint is kept as well."""
        return self.low >= -self.margin and not self.breaks

    @property
    def worse(self) -> bool:
        """Whether the interval shows a loss."""
        return self.high < 0


def smallest(labels: Labels, place: int | None, classes: int) -> int:
    """Images of the class that is judged, by its place; of the smallest where all of K count."""
    counts = np.bincount(labels, minlength=classes)
    return int(counts.min() if place is None else counts[place])


def others(labels: Labels, place: int | None) -> int:
    """Images of the other classes, by the place of the class that is judged; all where all count."""
    return len(labels) if place is None else int(np.sum(labels != place))


def compare(
    labels: Labels,
    called: npt.NDArray[np.int64],
    objective: Objective,
    prevalence: float | None,
    place: int | None,
    classes: int,
    groups: Labels | None = None,
    margin: float = MARGIN,
) -> Compared:
    """Compare two models by what they call the same images, each at its own threshold.

    Args:
        labels: (n,) int in [0, K), with images of every class that is judged and of others.
        called: (2, n) int in [0, K): of the champion, and of the challenger.
        objective: whose metric decides; of one that is of the curve, F1.
        prevalence: share of positives that it is for, in (0, 1); None for the images' own.
        place: of the class to find, or that the objective is about; None where all of K count.
        classes: K.
        groups: (n,) code of the group of each image, drawn whole; None where each stands alone.
        margin: what the metric may lose; of a cost, which is in a unit of the user's, that share of what the better of
            two models costs that call all images the same.

    Source:
        Paired bootstrap by image, stratified by class (Efron & Tibshirani 1993, chapter 8). To each class two images
        are added of which each model is right on one, as Bonett & Price 2012, "Adjusted Wald confidence interval for a
        difference of binomial proportions based on paired data", has it: no few images on which both are right show
        that they always will be. A loss within a margin: Piaggio et al. 2012, CONSORT statement on non-inferiority.
    """
    if place is not None:
        labels, called, classes = (labels == place).astype(np.int64), (called == place).astype(np.int64), 2
    share = float(np.mean(labels)) if prevalence is None else prevalence
    metric = partial(_metric, objective=None if place is None else objective, share=share, classes=classes)
    champion, challenger = (float(metric(labels, of, np.ones((len(labels), 1), np.float32))[0]) for of in called)
    added, calls = _each_right_once(classes)
    more = np.concatenate([labels, added])
    alone = groups if groups is None else np.concatenate([groups, groups.max() + 1 + np.arange(len(added))])
    weights = draw(more, alone, within_classes=True)
    before, now = (metric(more, np.concatenate(of), weights) for of in zip(called, calls, strict=True))
    sign = -1.0 if objective.lower_is_better else 1.0
    gains = sign * (now - before)
    middle, half = float(gains.mean()), Z_95 * float(gains.std(ddof=1))
    return Compared(
        images=len(labels),
        positives=smallest(labels, None if place is None else 1, classes),
        metric=objective.at_a_point,
        champion=champion,
        challenger=challenger,
        gain=sign * (challenger - champion),
        low=middle - half,
        high=middle + half,
        margin=margin * _alike(objective, share) if objective.lower_is_better else margin,
        every_class=place is None,
        **({} if place is None else _constraint(labels, called, objective, share)),
    )


def _alike(objective: Objective, share: float) -> float:
    """Cost per image of the better of two models that call all images the same."""
    ends = objective.values(Rates(np.array([0.0, 1.0]), np.array([0.0, 1.0]), share))
    return float(ends.min())


def _constraint(labels: Labels, called: npt.NDArray[np.int64], objective: Objective, share: float) -> dict[str, Any]:
    """What the metric under the constraint is of both, each on the images themselves."""
    if not objective.constraint:
        return {}
    hits, alarms = ((called * (labels == label)).sum(axis=1) for label in (1, 0))
    rates = Rates.of(hits, alarms, int(labels.sum()), int((labels == 0).sum()), share)
    champion, challenger = map(float, objective.constrained(rates))
    missed = objective.violations(rates)
    held = {"constraint": objective.constraint, "held": (champion, challenger)}
    return held | {"breaks": bool(missed[1] > missed[0])}


def _each_right_once(classes: int) -> tuple[Labels, npt.NDArray[np.int64]]:
    """Labels, and calls of both, of two more images of each class: each model is right on one of them."""
    labels = np.repeat(np.arange(classes), 2)
    wrong, first = (labels + 1) % classes, np.arange(len(labels)) % 2 == 0
    return labels, np.stack([np.where(first, labels, wrong), np.where(first, wrong, labels)])


def _metric(
    labels: Labels, called: Labels, weights: Weights, *, objective: Objective | None, share: float, classes: int
) -> Values:
    """(B,) the objective's metric in each sample, or balanced accuracy where there is none of one class."""
    tally = Tally.weighted(labels, called, classes, weights)
    if objective is None:
        return tally.macro()["balanced_accuracy"]
    right = tally.hits / tally.sizes
    return objective.values(Rates(right[:, 1], 1 - right[:, 0], share))
