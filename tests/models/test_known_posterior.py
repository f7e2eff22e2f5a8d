"""Images whose posterior is known: corrected scores, the chosen threshold and its cost approach the Bayes rule's.

An image is a brightness drawn from a normal distribution of its class, plus noise that every pixel draws alone.
Mirroring changes nothing of that, so it may augment. The bounds are twice the worst of 6 seeds, or half of the best
where a wrong score must fail; CPU, torch 2.13.
"""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
import torch
from cpu_trial import cpu_trial
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from steelyard.models.calibration.correction_effect import calibrate
from steelyard.models.calibration.priors import correct, misfit, moved
from steelyard.models.handlings.index_stream import Effect, draw
from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.weighing import weighted
from steelyard.models.objective import Objective
from steelyard.models.objective.certificate import Candidates
from steelyard.models.spec.trial import Handling, Partition, Recipe, Trial
from steelyard.models.train import trainer
from steelyard.models.train.learner import Data

SIZE, GAP, SPREAD, NOISE = 8, 32.0, 20.0, 10.0
"""Pixels a side; then, in grey levels: between the classes' means, of brightness, and of a pixel."""

TRAINED, WANTED, ELKAN = 0.2, 0.05, 0.2
OBJECTIVE = Objective.parse(f"cost fn=4 fp=1 at prevalence {WANTED}")
"""Calling a positive costs least from  c_FP / (c_FP + c_FN) = 1 / 5  on (Elkan 2001)."""

FITS = ("none", "weights 0.8", "weights 0.9", "downsample", "upsample", "balanced_sampling", "logit_adjusted")

Values = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Scored:
    """Images that the network has not seen: labels, scores, and the Bayes posterior at ``WANTED``."""

    labels: npt.NDArray[np.int64]
    scores: Values
    bayes: Values


def images_of(labels: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    level = 128 + GAP * (labels - 0.5) + SPREAD * rng.standard_normal(len(labels))
    pixels = level[:, None, None, None] + NOISE * rng.standard_normal((len(labels), SIZE, SIZE, 1))
    return np.rint(pixels).clip(0, 255).astype(np.uint8)


def posterior(images: npt.NDArray[np.uint8], prior: float) -> Values:
    """Two normal distributions of one variance, of the mean pixel, which is sufficient; rounding adds 1/12 a pixel."""
    variance = SPREAD**2 + (NOISE**2 + 1 / 12) / SIZE**2
    return expit(logit(prior) + GAP * (images.mean(axis=(1, 2, 3)) - 128) / variance)


def handling_of(written: str) -> Handling:
    name, _, weight = written.partition(" ")
    return weighted(float(weight)) if weight else resolve(name, (3200, 800))


def trial(written: str, seed: int) -> Trial:
    return cpu_trial(
        partition=Partition(positive="bright"),
        handling=handling_of(written),
        seed=seed,
        recipe=Recipe(epochs=4, crop=0),
    )


@functools.cache
def trained(written: str, seed: int = 1) -> tuple[float, Scored, Scored]:
    """The prior that the loss saw; then val, with as many positives as train, and test, with as many as are wanted."""
    of, rng = trial(written, seed), np.random.default_rng([seed, 9])
    labels = (np.arange(4000) % 5 == 0).astype(np.int64)
    plan, images = draw(labels, of.handling, seed, of.recipe), images_of(labels, rng)
    data = Data(torch.from_numpy(images), torch.from_numpy(labels), torch.from_numpy(plan), torch.arange(200))
    network = trainer.build(of, data)
    list(trainer.fit(network, data, of))
    val, test = (scored(network, share, rng) for share in (TRAINED, WANTED))
    return Effect.of(labels, plan, np.arange(4000), of.handling).effective_prior, val, test


def scored(network: torch.nn.Module, share: float, rng: np.random.Generator, count: int = 20_000) -> Scored:
    labels = (rng.random(count) < share).astype(np.int64)
    images = images_of(labels, rng)
    logits = trainer.score(network, torch.from_numpy(images), torch.arange(count))
    return Scored(labels, trainer.probabilities(logits)[:, 1], posterior(images, WANTED))


def error(scores: Values, of: Scored) -> float:
    return float(np.abs(scores - of.bayes).mean())


def cost(scores: Values, threshold: float, labels: npt.NDArray[np.int64]) -> float:
    called = scores >= threshold
    return float((4 * ((labels == 1) & ~called) + ((labels == 0) & called)).mean())


def test_the_posterior_is_the_share_of_positives_among_images_alike() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(100_000) < WANTED).astype(np.int64)
    expected = posterior(images_of(labels, rng), WANTED)
    assert calibrate(labels, expected, WANTED, WANTED, "").before.calibration_error < 0.002
    assert 0.86 < roc_auc_score(labels, expected) < 0.89


@pytest.mark.parametrize("written", FITS)
def test_corrected_scores_approach_the_bayes_posterior_and_scores_as_they_come_do_not(written: str) -> None:
    learned, _, test = trained(written)
    assert error(correct(test.scores, learned, WANTED), test) < 0.025
    assert error(test.scores, test) > (0.04 if written == "none" else 0.1)
    assert misfit(handling_of(written), Recipe(), learned) == ""


@pytest.mark.parametrize("written", FITS)
def test_the_correction_mends_the_reliability(written: str) -> None:
    learned, _, test = trained(written)
    found = calibrate(test.labels, test.scores, learned, WANTED, "")
    assert found.after and found.after.brier < found.before.brier
    assert found.after.calibration_error < 0.02 < 0.04 < found.before.calibration_error


@pytest.mark.parametrize("written", FITS)
def test_the_threshold_that_costs_least_is_elkans_once_it_is_moved_likewise(written: str) -> None:
    learned, val, _ = trained(written)
    chosen = Candidates.of(OBJECTIVE, val.labels, val.scores).choose(OBJECTIVE)
    assert moved(chosen.threshold, learned, WANTED) == pytest.approx(ELKAN, abs=0.1)


@pytest.mark.parametrize("written", FITS)
def test_both_the_chosen_threshold_and_elkans_cost_little_more_than_the_bayes_rule(written: str) -> None:
    learned, val, test = trained(written)
    least = cost(test.bayes, ELKAN, test.labels)
    chosen = Candidates.of(OBJECTIVE, val.labels, val.scores).choose(OBJECTIVE)
    assert cost(test.scores, chosen.threshold, test.labels) < 1.08 * least
    assert cost(correct(test.scores, learned, WANTED), ELKAN, test.labels) < 1.08 * least
    assert cost(test.scores, ELKAN, test.labels) > (1.1 if written == "none" else 1.5) * least


def test_the_correction_does_not_undo_the_focal_loss_and_says_so() -> None:
    learned, _, test = trained("focal")
    told = misfit(handling_of("focal"), Recipe(), learned)
    assert error(correct(test.scores, learned, WANTED), test) > 0.03
    assert calibrate(test.labels, test.scores, learned, WANTED, told).after is None
