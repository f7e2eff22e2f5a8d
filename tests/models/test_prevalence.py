"""Precision at a stated share of positives: the formula, what it does to a choice, and when to ask for it."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score

from models.objective import Objective, candidates, shifted
from models.prevalence import precision_at_prevalence, rates

PRECISE, CAREFUL = "recall @ precision >= 0.7", "recall @ false_positive_rate <= 0.1"
NOWHERE = 0.123

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]


@st.composite
def scored(draw: st.DrawFn) -> Scored:
    """Up to 30 labelled scores on a grid of 11, both classes: many ties, many bounds met exactly."""
    rows = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10)), max_size=28))
    rows += [(0, draw(st.integers(0, 10))), (1, draw(st.integers(0, 10)))]
    return np.array([label for label, _ in rows]), np.array([score / 10 for _, score in rows], dtype=np.float32)


def precision(recall: float, false_positive_rate: float, prevalence: float) -> float:
    return float(precision_at_prevalence(np.array([recall]), np.array([false_positive_rate]), prevalence)[0])


def at_recall_90(false_positive_rate: float) -> Scored:
    """Scores with one threshold between all and nothing: it finds 9 of 10 positives at this false-positive rate."""
    false_alarms = round(false_positive_rate * 10_000)
    scores = [0.8] * 9 + [0.1] + [0.8] * false_alarms + [0.1] * (10_000 - false_alarms)
    return np.array([1] * 10 + [0] * 10_000), np.array(scores, dtype=np.float32)


@pytest.mark.parametrize(("prevalence", "expected"), [(0.5, 0.636), (0.2, 0.304), (0.05, 0.084), (0.01, 0.017)])
def test_precision_at_recall_70_and_false_positive_rate_40(prevalence: float, expected: float) -> None:
    assert precision(0.7, 0.4, prevalence) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("prevalence", "largest"), [(0.5, 0.6), (0.2, 0.15), (0.05, 0.0316), (0.01, 0.0061)])
def test_the_largest_false_positive_rate_for_precision_60_at_recall_90(prevalence: float, largest: float) -> None:
    objective = Objective.parse(f"recall @ precision >= 0.6 at prevalence {prevalence}")
    for false_positive_rate, feasible in ((largest - 1e-4, True), (largest + 1e-4, False)):
        assert objective.choose(*at_recall_90(false_positive_rate), NOWHERE).feasible == feasible


@pytest.mark.parametrize(("prevalence", "largest"), [(0.5, 0.6), (0.2, 0.15)])
def test_a_bound_met_exactly_at_a_prevalence_is_met(prevalence: float, largest: float) -> None:
    objective = Objective.parse(f"recall @ precision >= 0.6 at prevalence {prevalence}")
    choice = objective.choose(*at_recall_90(largest), NOWHERE)
    assert (choice.feasible, choice.value) == (True, 0.9)


def test_zero_calls_have_precision_zero() -> None:
    assert precision(0.0, 0.0, 0.5) == 0.0
    assert precision(0.0, 0.2, 0.5) == 0.0


@given(scored(), st.floats(0.001, 0.999))
def test_rates_are_those_of_scikit_learn_with_images_weighted_to_the_prevalence(data: Scored, share: float) -> None:
    labels, scores = data
    weight = np.where(labels == 1, share / (labels == 1).sum(), (1 - share) / (labels == 0).sum())
    thresholds = candidates(scores)
    found = rates(labels, scores, thresholds, share)
    for at, threshold in enumerate(thresholds):
        called = scores.astype(np.float64) >= threshold
        for name, score in (("precision", precision_score), ("f1", f1_score)):
            expected = score(labels, called, sample_weight=weight, zero_division=0)
            assert found[name][at] == pytest.approx(expected), name


@pytest.mark.parametrize("text", [PRECISE, "recall @ precision >= 0.5", CAREFUL, "f1", "recall"])
@given(data=scored())
def test_at_the_samples_own_share_the_choice_is_that_without_a_prevalence(text: str, data: Scored) -> None:
    plain = Objective.parse(text)
    own = replace(plain, prevalence=float(np.mean(data[0])))
    counted, expected = (objective.choose(*data, fallback=NOWHERE) for objective in (plain, own))
    assert (counted.feasible, counted.threshold) == (expected.feasible, expected.threshold)
    assert (counted.value, counted.rank) == pytest.approx((expected.value, expected.rank), abs=1e-12)


@pytest.mark.parametrize("text", [CAREFUL, "recall"])
@given(data=scored(), share=st.floats(0.001, 0.999))
def test_a_prevalence_changes_no_choice_that_does_not_depend_on_it(text: str, data: Scored, share: float) -> None:
    plain = Objective.parse(text)
    assert replace(plain, prevalence=share).choose(*data, NOWHERE) == plain.choose(*data, NOWHERE)


@given(scored(), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_the_rarer_the_positives_the_lower_the_recall_that_keeps_a_precision(
    data: Scored, one: float, other: float
) -> None:
    choices = [replace(Objective.parse(PRECISE), prevalence=share).choose(*data, NOWHERE) for share in (one, other)]
    rare, common = choices if one < other else choices[::-1]
    assert rare.rank <= common.rank + 1e-12


@pytest.mark.parametrize(
    ("text", "what"), [(PRECISE, "precision"), ("f1", "f1"), ("recall @ precision >= 0.9", "precision")]
)
def test_shares_more_than_five_points_apart_are_told_with_an_objective_to_use(text: str, what: str) -> None:
    counts = {"train": (90, 10), "val": (80, 20), "test": (50, 50)}
    assert shifted(counts, Objective.parse(text)) == (
        f"val holds 20 % positives and test 50 %, so {what} on val says little about test; "
        f"state what you expect in use: --objective '{text} at prevalence 0.5'"
    )


@pytest.mark.parametrize("text", [CAREFUL, "recall", f"{PRECISE} at prevalence 0.2", "f1 at prevalence 0.9"])
def test_an_objective_that_does_not_depend_on_the_share_or_states_one_is_left_alone(text: str) -> None:
    assert shifted({"val": (80, 20), "test": (50, 50)}, Objective.parse(text)) == ""


@pytest.mark.parametrize("permille", range(10, 950, 50))
def test_five_points_are_not_more_than_five_points(permille: int) -> None:
    low, high, over = ((1000 - share, share) for share in (permille, permille + 50, permille + 51))
    objective = Objective.parse("f1")
    assert shifted({"val": low, "test": high}, objective) == shifted({"val": high, "test": low}, objective) == ""
    assert shifted({"val": low, "test": over}, objective)
    assert shifted({"val": over, "test": low}, objective)


@given(st.tuples(st.integers(1, 5000), st.integers(1, 5000)), st.tuples(st.integers(1, 5000), st.integers(1, 5000)))
def test_the_proposed_objective_parses_and_silences_the_warning(val: tuple[int, int], test: tuple[int, int]) -> None:
    line = shifted({"val": val, "test": test}, Objective.parse(PRECISE))
    if line:
        proposed = Objective.parse(line.split("'")[1])
        assert proposed.prevalence == pytest.approx(test[1] / sum(test), rel=0.05)
        assert shifted({"val": val, "test": test}, proposed) == ""


def test_a_share_that_rounds_to_one_or_nothing_is_proposed_as_a_prevalence_all_the_same() -> None:
    nearly = (1, 4999)
    assert shifted({"val": (50, 50), "test": nearly}, Objective.parse("f1")).endswith("'f1 at prevalence 0.99'")
    assert shifted({"val": (50, 50), "test": nearly[::-1]}, Objective.parse("f1")).endswith("'f1 at prevalence 0.0002'")
