"""Every metric of the registry against its definition and scikit-learn, and every half-plane against brute force."""

from fractions import Fraction
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn
from ties import Scored, scored

from steelyard.models.metrics.registry import AT_A_POINT, METRICS, Parameters
from steelyard.models.objective import Rates, rates
from steelyard.models.objective.grammar import CONSTRAINTS

GIVEN = Parameters(beta=3, false_negative_cost=5, false_positive_cost=2)
TENTHS = [Fraction(tenths, 10) for tenths in range(11)]
PREVALENCES = [Fraction(1, 50), Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)]


def fbeta(beta: int, hit: Fraction, missed: Fraction, false: Fraction) -> Fraction:
    square = beta * beta
    return (1 + square) * hit / ((1 + square) * hit + square * missed + false)


def by_definition(key: str, recall: Fraction, wrong: Fraction, share: Fraction) -> Fraction:
    """A metric in exact numbers, from the shares of images that are hits, misses, false alarms and rightly passed."""
    hit, missed, false, passed = share * recall, share * (1 - recall), (1 - share) * wrong, (1 - share) * (1 - wrong)
    return {
        "recall": lambda: hit / (hit + missed),
        "balanced_accuracy": lambda: (hit / (hit + missed) + passed / (passed + false)) / 2,
        "precision": lambda: hit / (hit + false) if hit + false else Fraction(0),
        "false_positive_rate": lambda: false / (false + passed),
        "alarms": lambda: hit + false,
        "accuracy": lambda: hit + passed,
        "f1": lambda: fbeta(1, hit, missed, false),
        "f2": lambda: fbeta(2, hit, missed, false),
        "fbeta": lambda: fbeta(3, hit, missed, false),
        "cost": lambda: 5 * missed + 2 * false,
    }[key]()


def at(recall: object, wrong: object, share: Fraction | float) -> Rates:
    return Rates(np.array(recall, np.float64), np.array(wrong, np.float64), float(share))


@pytest.mark.parametrize("share", PREVALENCES)
@pytest.mark.parametrize("key", CONSTRAINTS)
def test_a_half_plane_is_where_the_metric_keeps_to_its_limit_edges_included(key: str, share: Fraction) -> None:
    points = list(product(TENTHS, TENTHS))
    values = [by_definition(key, *point, share) for point in points]
    recall, wrong = np.array(points, np.float64).T
    assert METRICS[key].value(at(recall, wrong, share), GIVEN) == pytest.approx([float(value) for value in values])
    for limit in {*values[5::17], Fraction(str(METRICS[key].limit)) / METRICS[key].per}:
        kept = [value >= limit if METRICS[key].higher_is_better else value <= limit for value in values]
        plane = METRICS[key].half_plane(float(limit), float(share), GIVEN)
        assert plane is not None
        # Precision of no calls is 0 by convention; the edge of its half-plane passes there.
        told = (recall + wrong > 0) | (key != "precision")
        assert np.array_equal(plane.allows(recall, wrong)[told], np.array(kept)[told]), limit
        assert (plane.b <= 0) and np.array_equal(plane.value(recall, wrong) < -1e-9, ~plane.allows(recall, wrong))


@given(scored(), st.one_of(st.none(), st.floats(0.001, 0.999)), st.floats(0.1, 10))
def test_values_are_those_of_scikit_learn_with_images_weighted_to_the_prevalence(
    data: Scored, share: float | None, beta: float
) -> None:
    labels, scores = data
    own = float(np.mean(labels)) if share is None else share
    weight = np.where(labels == 1, own / (labels == 1).sum(), (1 - own) / (labels == 0).sum())
    thresholds, given = np.unique(scores).astype(np.float64), Parameters(beta)
    found = {key: of.value(rates(labels, scores, thresholds, share), given) for key, of in METRICS.items() if of.ratio}
    for place, threshold in enumerate(thresholds):
        called = (scores.astype(np.float64) >= threshold).astype(int)
        for key, value in by_scikit_learn(labels, called, weight, beta).items():
            assert found[key][place] == pytest.approx(value, abs=1e-12), key


def by_scikit_learn(
    labels: npt.NDArray[np.int64], called: npt.NDArray[np.int64], weight: npt.NDArray[np.float64], beta: float
) -> dict[str, float]:
    weighed = {"sample_weight": weight, "zero_division": 0}
    accuracy = sklearn.accuracy_score(labels, called, sample_weight=weight)
    return {
        "recall": sklearn.recall_score(labels, called),
        "precision": sklearn.precision_score(labels, called, **weighed),
        "f1": sklearn.f1_score(labels, called, **weighed),
        "f2": sklearn.fbeta_score(labels, called, beta=2, **weighed),
        "fbeta": sklearn.fbeta_score(labels, called, beta=beta, **weighed),
        "accuracy": accuracy,
        "cost": 1 - accuracy,
        "balanced_accuracy": sklearn.balanced_accuracy_score(labels, called),
        "alarms": float(np.average(called, weights=weight)),
    }


@pytest.mark.parametrize("key", [key for key, of in METRICS.items() if of.ratio])
def test_an_entry_is_right_about_prevalence_and_what_is_shown_at_a_point_needs_no_parameters(key: str) -> None:
    of = METRICS[key]
    rare, common = (float(of.value(at(0.8, 0.1, share), GIVEN)) for share in (0.02, 0.5))
    assert of.needs_prevalence == (abs(rare - common) > 1e-12)
    assert (key in AT_A_POINT) == (not of.parameters)


def test_what_judges_the_whole_curve_chooses_its_threshold_by_a_metric_of_one_point() -> None:
    for of in METRICS.values():
        assert not of.alone or bool(of.ratio) != bool(of.chooses_by)
        assert not of.chooses_by or METRICS[of.chooses_by].ratio
