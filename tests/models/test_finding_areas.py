"""The interval of an area: at least as wide as DeLong's, wider where images come in groups, never of no width."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from steelyard.models.findings.areas import area


def drawn(positives: int, negatives: int, apart: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    positive = np.arange(positives + negatives) < positives
    return positive, rng.normal(positive * apart, 1.0)


def test_it_is_the_area_with_ties_counted_half() -> None:
    positive, scores = drawn(40, 90, 0.7, seed=0)
    scores = np.round(scores)
    value, low, high = area(positive, scores, np.arange(130))
    assert value == pytest.approx(roc_auc_score(positive, scores)) and low < value < high


def test_it_is_a_little_wider_than_delongs_by_hand() -> None:
    positive, scores = drawn(300, 500, 1.0, seed=1)
    wins = scores[positive][:, None] > scores[~positive]
    variance = wins.mean(axis=1).var(ddof=1) / 300 + wins.mean(axis=0).var(ddof=1) / 500
    value, low, _ = area(positive, scores, np.arange(800))
    assert 1 <= (value - low) / (1.96 * np.sqrt(variance)) < 1.1


def test_it_holds_the_true_area_in_about_95_of_100_draws() -> None:
    truth = 0.7602  # Of two normal distributions one deviation apart: Phi(1 / sqrt 2).
    held = [low <= truth <= high for _, low, high in (_of(seed) for seed in range(300))]
    assert 0.92 <= np.mean(held) <= 0.98


def _of(seed: int) -> tuple[float, float, float]:
    return area(*drawn(60, 100, 1.0, seed), np.arange(160))


def test_copies_in_one_group_say_no_more_than_one_image() -> None:
    positive, scores = drawn(100, 100, 0.8, seed=2)
    once = area(positive, scores, np.arange(200))
    copied = area(np.repeat(positive, 9), np.repeat(scores, 9), np.repeat(np.arange(200), 9))
    assert copied == pytest.approx(once, abs=0.005)


def test_of_few_images_a_perfect_order_is_not_taken_as_certain() -> None:
    positive = np.arange(30) < 10
    value, low, high = area(positive, -np.arange(30.0), np.arange(30))
    assert (value, high) == (1, 1) and 0.7 < low < 0.95
