"""What a stated share of positives does to the choice of a threshold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ties import Scored, scored

from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.objective.threshold_choice import best_threshold

PRECISE, CAREFUL = "recall @ precision >= 0.7", "recall @ false_positive_rate <= 0.1"
NOWHERE = 0.123


def at_recall_90(false_positive_rate: float) -> Scored:
    """Scores with one threshold between all and nothing: it finds 9 of 10 positives at this false-positive rate."""
    false_alarms = round(false_positive_rate * 10_000)
    scores = [0.8] * 9 + [0.1] + [0.8] * false_alarms + [0.1] * (10_000 - false_alarms)
    return np.array([1] * 10 + [0] * 10_000), np.array(scores, dtype=np.float32)


@pytest.mark.parametrize(("prevalence", "largest"), [(0.5, 0.6), (0.2, 0.15), (0.05, 0.0316), (0.01, 0.0061)])
def test_the_largest_false_positive_rate_for_precision_60_at_recall_90(prevalence: float, largest: float) -> None:
    objective = Objective.parse(f"recall @ precision >= 0.6 at prevalence {prevalence}")
    for false_positive_rate, feasible in ((largest - 1e-4, True), (largest + 1e-4, False)):
        assert best_threshold(objective, *at_recall_90(false_positive_rate), NOWHERE).feasible == feasible


@pytest.mark.parametrize(("prevalence", "largest"), [(0.5, 0.6), (0.2, 0.15)])
def test_a_bound_met_exactly_at_a_prevalence_is_met(prevalence: float, largest: float) -> None:
    objective = Objective.parse(f"recall @ precision >= 0.6 at prevalence {prevalence}")
    choice = best_threshold(objective, *at_recall_90(largest), NOWHERE)
    assert (choice.feasible, choice.value) == (True, 0.9)


@pytest.mark.parametrize("text", EXAMPLES)
@given(data=scored())
def test_at_the_samples_own_share_the_choice_is_that_without_a_prevalence(text: str, data: Scored) -> None:
    plain = Objective.parse(text)
    own = replace(plain, prevalence=float(np.mean(data[0])))
    counted, expected = (best_threshold(objective, *data, fallback=NOWHERE) for objective in (plain, own))
    assert (counted.feasible, counted.threshold) == (expected.feasible, expected.threshold)
    assert (counted.value, counted.rank) == pytest.approx((expected.value, expected.rank), abs=1e-12)


@pytest.mark.parametrize("text", [CAREFUL, "recall", "balanced_accuracy"])
@given(data=scored(), share=st.floats(0.001, 0.999))
def test_a_prevalence_changes_no_choice_that_does_not_depend_on_it(text: str, data: Scored, share: float) -> None:
    plain = Objective.parse(text)
    assert best_threshold(replace(plain, prevalence=share), *data, NOWHERE) == best_threshold(plain, *data, NOWHERE)


@given(scored(), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_the_rarer_the_positives_the_lower_the_recall_that_keeps_a_precision(
    data: Scored, one: float, other: float
) -> None:
    choices = [
        best_threshold(replace(Objective.parse(PRECISE), prevalence=share), *data, NOWHERE) for share in (one, other)
    ]
    rare, common = choices if one < other else choices[::-1]
    assert rare.rank <= common.rank + 1e-12
