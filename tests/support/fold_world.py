"""Sweeps in folds on images of four features whose classes are normal, so that what a network does is known exactly."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from folded import FOLDS, Labels, scored, table_of, together
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtr

from steelyard.models.data.partition import take_turns
from steelyard.models.errors import BadInput
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Partition
from steelyard.models.verdict.estimates import areas
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import differences
from steelyard.models.verdict.one_class_metrics import Point
from steelyard.models.verdict.one_threshold import one_threshold
from steelyard.models.verdict.sweep_verdict import OneThreshold

APART = np.array([1.5, 0.8, 0.4, 0.0])
"""How far the positives are from the negatives, in standard deviations of an image."""

OF_GROUPS, OF_SHARES = 0.5, 0.7
"""Standard deviations between groups: of features, and of the log odds of their share of positives."""

SAMPLES = 200
"""Of the bootstrap: half an interval's width is then off by about 5 %."""

CELLS = ("none", "upsample")
"""Two cells that are one and the same, each with draws of its own: a network learns from 80 % of train."""

METRICS = ("recall", "false_positive_rate", "precision", "alarms", "accuracy", "roc_auc")
Features = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Where images come from.

    Attributes:
        share: of positives.
        positives: among the images of a sweep, on average.
        group: images of a group; 1 where each stands alone.
        wish: the objective.
    """

    share: float
    positives: int
    group: int
    wish: str

    @property
    def objective(self) -> Objective:
        """With the margin that is the default."""
        return Objective.parse(self.wish, 0.9)

    @property
    def deviation(self) -> float:
        """Of an image's features, whatever its group."""
        return float(np.sqrt(1 + OF_GROUPS**2 * (self.group > 1)))

    def draw(self, rng: np.random.Generator) -> tuple[Features, Labels, list[str]]:
        """Features, labels and names of groups."""
        groups = round(self.positives / self.share / self.group)
        of = np.repeat(np.arange(groups), self.group)
        odds = logit(self.share) * np.ones(groups)
        if self.group > 1:
            odds = _mean_odds(self.share) + rng.normal(0, OF_SHARES, groups)
        labels = (rng.random(len(of)) < expit(odds)[of]).astype(np.int64)
        features = rng.normal(size=(len(of), len(APART))) + labels[:, None] * APART
        if self.group == 1:
            return features, labels, []
        return features + rng.normal(0, OF_GROUPS, (groups, len(APART)))[of], labels, [f"g{number}" for number in of]

    def learned(self, features: Features, labels: Labels) -> "Network":
        """What learns from them."""
        return Network.learned(features, labels)


def _mean_odds(share: float) -> float:
    normal = np.random.default_rng(0).normal(0, OF_SHARES, 100_000)
    return float(brentq(lambda odds: expit(odds + normal).mean() - share, -9, 9))


@dataclass(frozen=True)
class Network:
    """A logistic regression."""

    weights: Features
    bias: float

    @classmethod
    def learned(cls, features: Features, labels: Labels) -> "Network":
        """By Newton's method, with a penalty of 1 / 2 |w|^2."""
        inputs, found = np.column_stack([features, np.ones(len(features))]), np.zeros(features.shape[1] + 1)
        penalty = np.diag([1.0] * features.shape[1] + [1e-6])
        for _ in range(25):
            chance = expit(inputs @ found)
            slope = inputs.T @ (chance - labels) + penalty @ found
            step = np.linalg.solve((inputs * (chance * (1 - chance))[:, None]).T @ inputs + penalty, slope)
            found -= step
            if np.abs(step).max() < 1e-6:
                break
        return cls(found[:-1], float(found[-1]))

    def scores(self, features: Features) -> npt.NDArray[np.float32]:
        """Chance of being positive."""
        scores: npt.NDArray[np.float32] = expit(features @ self.weights + self.bias).astype(np.float32)
        return scores

    def truth(self, threshold: float, world: World) -> dict[str, float]:
        """What it does with all images there are."""
        deviation, apart = world.deviation * float(np.linalg.norm(self.weights)), float(self.weights @ APART)
        at = float(logit(np.clip(threshold, 1e-12, 1 - 1e-12))) - self.bias
        recall, wrong = float(ndtr((apart - at) / deviation)), float(ndtr(-at / deviation))
        return {"recall": recall, "false_positive_rate": wrong, "roc_auc": float(ndtr(apart / deviation / np.sqrt(2)))}


def of_rates(rates: dict[str, float], world: World) -> dict[str, float]:
    """The other metrics, for the objective's share of positives or that of the world."""
    recall, wrong, stated = rates["recall"], rates["false_positive_rate"], world.objective.prevalence or world.share
    alarms = stated * recall + (1 - stated) * wrong
    accuracy = world.share * recall + (1 - world.share) * (1 - wrong)
    return rates | {"precision": stated * recall / max(alarms, 1e-12), "alarms": alarms, "accuracy": accuracy}


@dataclass(frozen=True)
class Swept:
    """One simulated sweep.

    Attributes:
        intervals: of the first cell, by metric.
        truth: rates of its networks, on average over the folds.
        p: of the difference between the cells, by metric.
        kept: whether the model to use keeps to the constraint for all images; None where val has no threshold that
            clears it.
        one: what the threshold of the model to use brings on test, and what those of the folds do.
        final: what the model to use does with all images.
    """

    intervals: dict[str, tuple[float, float]]
    truth: dict[str, float]
    p: dict[str, float]
    kept: bool | None
    one: OneThreshold | None
    final: dict[str, float]


def sweep(world: World, seed: int) -> Swept | None:
    """None where a fold lacks a class."""
    rng, objective = np.random.default_rng([seed, world.positives, world.group]), world.objective
    features, labels, groups = world.draw(rng)
    table, spec = table_of(labels, groups), Partition(positive="dog", folds=FOLDS)
    try:
        turns = take_turns(table, ("cat", "dog"), spec)
    except BadInput:
        return None
    trials, networks = [], []
    for cell in CELLS:
        for turn, parts in turns.items():
            rows = rng.permutation(parts.train)[: round(0.8 * len(parts.train))]
            if len(set(labels[rows])) < 2:
                return None
            network = world.learned(features[rows], labels[rows])
            names = table.set_index("id")["group"]
            trials.append(scored(parts, turn, network.scores(features), objective, cell, groups=names))
            networks.append(network)
    names = table.set_index("id")["group"]
    outcomes, whole = together(trials, objective, names)
    evidence = Evidence(whole, objective, samples=SAMPLES, groups=names)
    first, *_ = evidence.cells
    point, area = Point.of_each(evidence, "operating")[first], areas(evidence)[first]["roc_auc"]
    estimates = {name: point.estimate(name) for name in METRICS[:-1]} | {"roc_auc": area}
    (differs,) = differences.differences(evidence).values()
    operating, of_first = outcomes[0].operating, networks[:FOLDS]
    assert operating is not None
    thresholds = [trial.operating.threshold for trial in trials]
    truths = [of.truth(at, world) for of, at in zip(of_first, thresholds, strict=False)]
    mean = Network(np.mean([of.weights for of in of_first], axis=0), float(np.mean([of.bias for of in of_first])))
    final = of_rates(mean.truth(operating.threshold, world), world)
    return Swept(
        intervals={name: (of.low, of.high) for name, of in estimates.items()},
        truth={name: float(np.mean([of[name] for of in truths])) for name in truths[0]},
        p={name: differs[name].p for name in ("recall", "precision", "roc_auc")},
        kept=final[objective.constraint] >= objective.limit if operating.feasible else None,
        one=one_threshold(evidence, first),
        final=final,
    )
