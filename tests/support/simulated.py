"""Simulated sweeps in folds on images whose classes are normal, so that what a network does is known exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from cpu_trial import cpu_trial
from scipy.special import expit, logit, ndtr

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import TWO, Operating
from steelyard.models.objective.threshold_choice import choose
from steelyard.models.spec.trial import Handling
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.scores_by_image import Part

FEATURES, FOLDS, STEPS = 30, 5, 30

APART = 2.3
"""How far the positives are from the negatives in the first feature, in standard deviations."""

SHARED, ALIKE = 0.3, 0.5
"""Of the variance of each feature, what the images of a group share; and the share of images that have its label."""

FIRST = (1.0, 0.01)
Configuration = tuple[float, float]
CONFIGURATIONS: dict[int, list[Configuration]] = {
    1: [FIRST],
    4: [FIRST, (3, 0.01), (9, 0.01), (1, 0.1)],
    12: [FIRST, *((weight, of) for of in (0.003, 0.01, 0.03, 0.1) for weight in (1, 3, 9) if (weight, of) != FIRST)],
}
"""Weight of the positive class and penalty per image, by how many a sweep tries; the first stands for no handling."""

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """Where the images of a sweep come from.

    Attributes:
        positives: among them, on average.
        share: of positives.
        group: images of a group; 1 where each stands alone.
        configurations: that a sweep tries: 1, 4 or 12.
    """

    positives: int
    share: float
    group: int
    configurations: int

    def draw(self, rng: np.random.Generator) -> tuple[Floats, Labels, Labels]:
        """Features (n, D), labels (n,) and codes of groups (n,)."""
        number = max(1, round(self.positives / self.share) // self.group)
        groups = np.repeat(np.arange(number), self.group)
        whole, own = rng.random(number) < self.share, rng.random(len(groups)) < self.share
        alike = (rng.random(len(groups)) < ALIKE) & (self.group > 1)
        labels = np.where(alike, whole[groups], own).astype(np.int64)
        features = rng.standard_normal((len(groups), FEATURES))
        if self.group > 1:
            of_groups = rng.standard_normal((number, FEATURES))[groups]
            features = np.sqrt(1 - SHARED) * features + np.sqrt(SHARED) * of_groups
        features[:, 0] += APART * labels
        return features, labels, groups

    def folds(self, rng: np.random.Generator, labels: Labels, groups: Labels) -> Labels:
        """The fold of each image: of single images alike in both classes, of groups whole."""
        if self.group > 1:
            return (rng.permutation(groups.max() + 1) % FOLDS)[groups]
        fold = np.empty_like(labels)
        for of in (0, 1):
            rows = rng.permutation(np.flatnonzero(labels == of))
            fold[rows] = np.arange(len(rows)) % FOLDS
        return fold

    def truth(self, weights: Floats, threshold: float) -> tuple[float, float]:
        """Recall and precision of a network at a threshold on all images there are."""
        length, bias = float(np.linalg.norm(weights[:-1])), float(weights[-1])
        at = float(logit(np.clip(threshold, 1e-300, 1 - 1e-16))) - bias
        recall, wrong = ndtr((weights[0] * APART - at) / length), ndtr(-at / length)
        hits = self.share * recall
        return float(recall), float(hits / max(hits + (1 - self.share) * wrong, 1e-300))


def fitted(inputs: Floats, labels: Labels, configuration: Configuration, start: Floats) -> Floats:
    """Weights (D + 1,) of a logistic regression: the mean loss of weighted images, and 1/2 penalty |w|^2.

    By Newton's method. The last of the inputs is 1, for the bias, which is not penalised.
    """
    of_class, penalty = configuration
    mass = np.where(labels == 1, of_class, 1.0)
    mass /= mass.sum()
    shrink, found = np.full(inputs.shape[1], penalty), start.copy()
    shrink[-1] = 1e-9
    for _ in range(STEPS):
        chance = expit(inputs @ found)
        slope = inputs.T @ (mass * (chance - labels)) + shrink * found
        curved = (inputs * (mass * chance * (1 - chance))[:, None]).T @ inputs + np.diag(shrink)
        step = np.linalg.solve(curved, slope)
        found -= step
        if np.abs(step).max() < 1e-5:
            break
    return found


@dataclass(frozen=True)
class Sweep:
    """One simulated sweep.

    Attributes:
        labels: (n,).
        groups: (n,) codes of groups; None where each image stands alone.
        scores: (C, n) held-out scores, each image's by the network of the other folds.
        handed_over: (C, D + 1) mean weights of the folds' networks.
    """

    world: World
    objective: Objective
    labels: Labels
    groups: Labels | None
    scores: npt.NDArray[np.float32]
    handed_over: Floats

    @classmethod
    def drawn(cls, world: World, wish: str, seed: Sequence[int]) -> "Sweep | None":
        """Draw images and fit networks; None where a fold has no positives."""
        rng = np.random.default_rng([*seed, world.positives, round(1000 * world.share), world.group])
        features, labels, groups = world.draw(rng)
        fold = world.folds(rng, labels, groups)
        if np.bincount(fold[labels == 1], minlength=FOLDS).min() < 1:
            return None
        inputs = np.column_stack([features, np.ones(len(labels))])
        scores, means = [], []
        for configuration in CONFIGURATIONS[world.configurations]:
            networks, found = np.zeros((FOLDS, inputs.shape[1])), np.zeros(inputs.shape[1])
            for of in range(FOLDS):
                found = networks[of] = fitted(inputs[fold != of], labels[fold != of], configuration, found)
            scores.append(expit(np.einsum("nd,nd->n", inputs, networks[fold])))
            means.append(networks.mean(axis=0))
        alone = None if world.group == 1 else groups
        scored = np.array(scores, np.float32)
        return cls(world, Objective.parse(wish), labels, alone, scored, np.array(means))

    @cached_property
    def evidence(self) -> Evidence:
        """What the verdict rests on: held-out scores that choose and report."""
        trials = [self._trial(place, scores) for place, scores in enumerate(self.scores)]
        found = Evidence(trials, self.objective, train=(1, 1))
        part = Part(pd.RangeIndex(len(self.labels)), self.labels, self.scores, groups=self.groups)
        vars(found)["test"] = vars(found)["val"] = part  # Lined up already: tables would take most of the time.
        return found

    def _trial(self, place: int, scores: npt.NDArray[np.float32]) -> ScoredTrial:
        both = np.column_stack([1 - scores, scores])
        choice = choose(self.objective, self.labels, both, TWO, self.groups)
        point = {"threshold": choice.threshold, "feasible": choice.certified, "objective": choice.value}
        operating = Operating(**point, rank=choice.rank, val={}, test={})
        trial = cpu_trial(handling=Handling(name=f"handling-{place}" if place else "none"))
        outcome = Outcome.of(trial, str(place), run_id="", status="FINISHED", operating=operating)
        return ScoredTrial(trial, outcome, pd.DataFrame(), 0.5)
