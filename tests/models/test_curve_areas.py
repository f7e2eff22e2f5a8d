"""ROC area and average precision with the slope of each image, against scikit-learn and finite differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score
from ties import Scored, scored

from steelyard.models.statistics.areas import areas_of_class, mean_areas

SHARES = st.one_of(st.none(), st.floats(0.01, 0.99))


def weighted_to(labels: np.ndarray, share: float | None) -> np.ndarray:
    if share is None:
        return np.ones(len(labels))
    return np.where(labels == 1, share / (labels == 1).sum(), (1 - share) / (labels == 0).sum())


@given(scored(), SHARES)
def test_both_areas_are_scikit_learns_with_images_weighted_to_the_prevalence(data: Scored, share: float | None) -> None:
    labels, scores = data
    found = areas_of_class(labels == 1, scores, share)
    assert found["roc_auc"][0] == pytest.approx(roc_auc_score(labels, scores))
    weights = weighted_to(labels, share)
    expected = average_precision_score(labels, scores, sample_weight=weights)
    assert found["average_precision"][0] == pytest.approx(expected, rel=1e-9)


@given(scored(), SHARES)
def test_slopes_are_what_a_little_more_of_each_image_adds_and_sum_to_nothing(data: Scored, share: float | None) -> None:
    labels, scores = data
    found = areas_of_class(labels == 1, scores, share)
    step = 1e-6

    def areas(weights: np.ndarray) -> dict[str, float]:
        """Of weighted images, their classes' weights held to the prevalence, where one is stated."""
        sums = [weights[labels == of].sum() for of in (0, 1)]
        shares = (1 - share, share) if share is not None else ((labels == 0).sum(), (labels == 1).sum())
        held = weights * np.array(shares)[labels] / np.array(sums)[labels]
        return {
            "roc_auc": roc_auc_score(labels, scores, sample_weight=held),
            "average_precision": average_precision_score(labels, scores, sample_weight=held),
        }

    for image in range(0, len(labels), 3):
        up, down = np.ones(len(labels)), np.ones(len(labels))
        up[image] += step
        down[image] -= step
        above, below = areas(up), areas(down)
        for name, (_, slopes) in found.items():
            assert slopes[image] == pytest.approx((above[name] - below[name]) / (2 * step), abs=1e-6), name
    for _, slopes in found.values():
        assert [slopes[labels == of].sum() for of in (0, 1)] == pytest.approx([0, 0], abs=1e-9)


def test_their_variance_is_delongs() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 0], (40, 160))
    scores = rng.normal(labels, 1)
    _, slopes = areas_of_class(labels == 1, scores)["roc_auc"]
    positives, negatives = scores[labels == 1], scores[labels == 0]
    wins = (positives[:, None] > negatives).astype(float)
    delong = wins.mean(axis=1).var(ddof=1) / 40 + wins.mean(axis=0).var(ddof=1) / 160
    assert (slopes**2).sum() == pytest.approx(delong, rel=0.03), "but for n / (n - 1)"


def test_the_mean_over_classes_is_that_of_each_against_the_rest_and_of_two_classes_that_of_either() -> None:
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 3, 90), rng.dirichlet([1, 1, 1], 90)
    found = mean_areas(labels, scores)
    assert found["roc_auc"][0] == pytest.approx(
        np.mean([roc_auc_score(labels == of, scores[:, of]) for of in range(3)])
    )
    assert found["average_precision"][0] == pytest.approx(
        np.mean([average_precision_score(labels == of, scores[:, of]) for of in range(3)])
    )
    two = np.column_stack([1 - scores[:, 1], scores[:, 1]])
    own = (labels == 1).astype(int)
    value, slopes = areas_of_class(own == 1, scores[:, 1])["roc_auc"]
    of_both = mean_areas(own, two)["roc_auc"]
    assert of_both[0] == pytest.approx(value) and of_both[1] == pytest.approx(slopes)
    assert mean_areas(np.zeros(5, int), np.ones((5, 2)))["roc_auc"][0] == 0.5
