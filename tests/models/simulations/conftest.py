"""Simulated sweeps, in which the truth is known: scores of two normal classes, whose images are hard for all networks.

A score's logit is  sqrt(r) u_i + sqrt(1 - r) e_ti + m_t y_i - c,  u and e normal: the difficulty u of image i is shared
by all trials, e is of trial t alone, and m_t, how well the trial separates the classes, varies between seeds by
``between`` around its cell's ``separations``. A score of .5 or more is called positive at argmax.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from cpu_trial import cpu_trial
from scipy.special import expit
from scipy.stats import norm
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating
from steelyard.models.spec.trial import Handling, Partition
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.scores_by_image import Part

NODES, _weights = np.polynomial.hermite_e.hermegauss(41)
CHANCES = _weights / _weights.sum()


@dataclass(frozen=True)
class World:
    """What is true of all images and seeds.

    Attributes:
        positives: of test.
        negatives: of test.
        separations: a cell each, the baseline first; in standard deviations of the logits.
        between: standard deviation of the separation between seeds, per cell.
        recall: of the last cell at a threshold of .5, which is argmax, the same for all.
        operating: likewise at the operating point, which val is taken to have put there in every trial.
        seeds: per cell.
        shared: r, share of the logits' variance that all trials have in common.
        samples: B.
    """

    positives: int
    negatives: int
    separations: tuple[float, ...]
    between: tuple[float, ...]
    recall: float = 0.9
    operating: float = 0.6
    seeds: int = 3
    shared: float = 0.6
    samples: int = 100

    def cut(self, recall: float) -> float:
        """Where the last cell has this recall, on the scale of the separations; c is that of ``self.recall``."""
        return float(self.separations[-1] - norm.ppf(recall) * np.sqrt(1 + self.between[-1] ** 2))

    def truth(self, cell: int, place: str = "argmax") -> Mapping[str, float]:
        """A cell's metrics over all images and seeds; average precision and precision at the share of test."""
        cut = self.cut(self.recall if place == "argmax" else self.operating)
        separation = (self.separations[cell] + self.between[cell] * NODES)[:, None]
        share, at = self.positives / (self.positives + self.negatives), np.linspace(-8.0, 12.0, 4001)
        density = norm.pdf(at - separation) * (at[1] - at[0])
        recall, wrong = norm.cdf(separation[:, 0] - cut), norm.cdf(-cut)
        precision = _precision(norm.sf(at - separation), norm.sf(at), share)
        return {
            "roc_auc": float(CHANCES @ norm.cdf(separation[:, 0] / np.sqrt(2))),
            "average_precision": float(CHANCES @ (precision * density).sum(axis=1)),
            "recall": float(CHANCES @ recall),
            "false_positive_rate": float(wrong),
            "precision": float(CHANCES @ _precision(recall, wrong, share)),
            "alarms": float(share * (CHANCES @ recall) + (1 - share) * wrong),
        }

    def sweep(self, seed: int) -> Evidence:
        """What one sweep in this world finds; the same seed finds the same."""
        rng = np.random.default_rng(seed)
        labels = np.repeat([1, 0], [self.positives, self.negatives])
        cells, size = len(self.separations), len(labels)
        of_trial = np.array(self.separations)[:, None] + np.array(self.between)[:, None] * rng.standard_normal(
            (cells, self.seeds)
        )
        own = rng.standard_normal((cells, self.seeds, size))
        logits = np.sqrt(self.shared) * rng.standard_normal(size) + np.sqrt(1 - self.shared) * own
        logits += of_trial[:, :, None] * labels - self.cut(self.recall)
        scores = expit(logits).reshape(-1, size).astype(np.float32)
        operating = float(expit(self.cut(self.operating) - self.cut(self.recall)))
        trials = [_scored_trial(cell, of, operating) for cell in range(cells) for of in range(self.seeds)]
        found = Evidence(trials, Objective.parse("recall @ precision >= 0.5"), samples=self.samples)
        # The scores are lined up already: 27 tables per sweep would cost more time than all that is tested here.
        vars(found)["test"] = Part(pd.RangeIndex(size), labels, scores)
        return found


def _precision(recall: npt.ArrayLike, wrong: npt.ArrayLike, share: float) -> npt.NDArray[np.float64]:
    hits = share * np.asarray(recall)
    return hits / (hits + (1 - share) * np.asarray(wrong))


def _scored_trial(cell: int, seed: int, operating: float) -> ScoredTrial:
    trial = cpu_trial(
        partition=Partition(positive="positive"),
        handling=Handling(name=f"handling-{cell}" if cell else "none"),
        seed=seed,
    )
    point = Operating(threshold=operating, feasible=True, objective=0.5, rank=0.5, val={}, test={})
    return ScoredTrial(trial, Outcome.of(trial, "", run_id="", status="FINISHED", operating=point), pd.DataFrame(), 0.5)


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    """The maker of worlds, as this folder is no package to import it from."""
    return World


@pytest.fixture(autouse=True)
def one_thread_of_blas() -> Iterator[None]:
    """On busy cores a second thread waits for the first: 57 s instead of 13."""
    with threadpool_limits(1):
        yield
