"""Average precision as an objective: scikit-learn's number, at any share of positives, with the point of best F1."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from ties import Scored, scored

from steelyard.models.metrics.registry import METRICS
from steelyard.models.objective import Objective, rates
from steelyard.models.objective.operating_point import TWO
from steelyard.models.objective.threshold_choice import choose
from steelyard.models.statistics.areas import areas_of_class

CURVE = Objective.parse("average_precision")


def average_precision(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], prevalence: float | None = None
) -> float:
    return areas_of_class(labels == 1, scores, prevalence)["average_precision"][0]


@given(scored())
def test_it_is_scikit_learns(data: Scored) -> None:
    assert average_precision(*data) == pytest.approx(average_precision_score(*data), rel=1e-12)


def test_it_is_scikit_learns_on_many_scores_of_two_kinds() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(3000) < 0.1).astype(int)
    for scores in (rng.normal(labels), rng.normal(labels).astype(np.float32)):
        assert average_precision(labels, scores) == pytest.approx(average_precision_score(labels, scores), rel=1e-12)


def test_the_example_of_scikit_learn() -> None:
    assert average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])) == pytest.approx(0.8333, abs=5e-5)


@given(scored(), st.floats(0.001, 0.999))
def test_at_a_prevalence_it_is_scikit_learns_with_images_weighted_to_it(data: Scored, share: float) -> None:
    labels, scores = data
    weight = np.where(labels == 1, share / (labels == 1).sum(), (1 - share) / (labels == 0).sum())
    expected = average_precision_score(labels, scores, sample_weight=weight)
    assert average_precision(labels, scores, share) == pytest.approx(expected, rel=1e-9)


@given(scored(), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_the_rarer_the_positives_the_lower_it_is_and_never_below_their_share_for_one_score(
    data: Scored, one: float, other: float
) -> None:
    rare, common = sorted((one, other))
    assert average_precision(*data, rare) <= average_precision(*data, common) + 1e-12
    assert average_precision(data[0], np.full(len(data[0]), 0.3), one) == pytest.approx(one)


def test_a_perfect_ranking_has_one_at_every_share() -> None:
    labels, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4])
    assert [average_precision(labels, scores, share) for share in (None, 0.01, 0.5)] == [1, 1, 1]


@given(scored(), st.one_of(st.none(), st.floats(0.001, 0.999)))
def test_its_operating_point_is_that_of_the_best_f1_and_its_rank_the_whole_curves(
    data: Scored, share: float | None
) -> None:
    both = np.column_stack([1 - data[1], data[1]])
    choice = choose(replace(CURVE, prevalence=share), data[0], both, TWO)
    assert choice.threshold == choose(Objective("f1", prevalence=share), data[0], both, TWO).threshold
    assert choice.certified
    assert choice.value == choice.rank == average_precision(*data, share)
    at = rates(*data, np.unique(data[1]).astype(np.float64), share)
    assert np.array_equal(CURVE.values(at), METRICS["f1"].value(at))


def test_it_alone_is_of_the_curve() -> None:
    assert [Objective(metric).is_of_the_curve for metric in ("average_precision", "f1", "cost")] == [True, False, False]
