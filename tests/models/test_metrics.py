"""Metrics against scikit-learn, and that none is ever NaN."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

from steelyard.models.metrics import metrics

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
Rows = list[tuple[int, float]]

ROWS = st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1, width=32)), min_size=1, max_size=30)


def arrays(rows: Rows) -> Scored:
    return np.array([label for label, _ in rows]), np.array([score for _, score in rows], dtype=np.float32)


def of_two(labels: npt.NDArray[np.int64], positive: npt.NDArray[np.floating]) -> dict[str, float]:
    """The summary of scores of the positive and of the rest."""
    return metrics.summary(labels, np.column_stack([1 - positive, positive]))


@given(ROWS, st.floats(0, 1))
def test_at_a_threshold_equals_scikit_learn_with_zero_for_zero_by_zero(rows: Rows, at: float) -> None:
    labels, scores = arrays(rows)
    called = (scores.astype(np.float64) >= at).astype(int)
    found = metrics.at_threshold(labels, scores, at)
    assert found == pytest.approx(
        {
            "recall": theirs.recall_score(labels, called, zero_division=0),
            "precision": theirs.precision_score(labels, called, zero_division=0),
            "accuracy": theirs.accuracy_score(labels, called),
            "f1": theirs.f1_score(labels, called, zero_division=0),
        }
    )


@given(ROWS)
def test_the_areas_equal_scikit_learn(rows: Rows) -> None:
    labels, scores = arrays([*rows, (0, 0.25), (1, 0.75)])
    found = of_two(labels, scores)
    assert found["roc_auc"] == pytest.approx(theirs.roc_auc_score(labels, scores), abs=1e-15)
    assert found["average_precision"] == pytest.approx(theirs.average_precision_score(labels, scores), abs=1e-15)


@given(ROWS)
def test_a_summary_has_six_numbers_between_zero_and_one(rows: Rows) -> None:
    found = of_two(*arrays(rows))
    assert list(found) == ["recall", "precision", "accuracy", "f1", "roc_auc", "average_precision"]
    assert all(math.isfinite(value) and 0 <= value <= 1 and type(value) is float for value in found.values())


def test_the_documented_example_of_scikit_learn() -> None:
    found = of_two(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    assert found["average_precision"] == pytest.approx(0.8333, abs=5e-5)
    assert found["roc_auc"] == 0.75


@pytest.mark.parametrize(("label", "area", "precision"), [(0, 0.5, 0.0), (1, 0.5, 1.0)])
def test_one_class_alone_has_areas_too(label: int, area: float, precision: float) -> None:
    found = of_two(np.full(3, label), np.array([0.1, 0.5, 0.9]))
    assert (found["roc_auc"], found["average_precision"]) == (area, precision)


def test_a_tie_at_one_half_is_the_negative_class_as_in_argmax() -> None:
    logits = np.array([[0.0, 0.0], [0.0, 1e-6], [1e-6, 0.0]])
    scores = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    assert (scores >= metrics.ARGMAX).astype(int).tolist() == np.argmax(logits, axis=1).tolist()


def test_a_score_at_the_threshold_is_called_positive() -> None:
    assert metrics.at_threshold(np.array([1]), np.array([0.3]), 0.3)["recall"] == 1
