"""What a stated share of positives does to a constraint and to the choice of a threshold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ties import Scored, scored

from steelyard.models.objective import Objective
from steelyard.models.objective.certificate import Candidates

PRECISE, CAREFUL = "recall @ precision >= 0.7", "recall @ false_positive_rate <= 0.1"


@pytest.mark.parametrize(("prevalence", "largest"), [(0.5, 0.6), (0.2, 0.15), (0.05, 0.0316), (0.01, 0.0061)])
def test_the_largest_false_positive_rate_for_precision_60_at_recall_90(prevalence: float, largest: float) -> None:
    plane = Objective.parse(f"recall @ precision >= 0.6 at prevalence {prevalence}").half_plane(prevalence)
    assert plane and plane.highest_fpr(np.array([0.9]))[0] == pytest.approx(largest, abs=5e-5)


@pytest.mark.parametrize("text", [CAREFUL, "recall", "balanced_accuracy"])
@given(data=scored(), share=st.floats(0.001, 0.999))
def test_a_prevalence_changes_no_choice_that_does_not_depend_on_it(text: str, data: Scored, share: float) -> None:
    plain = Objective.parse(text)
    stated = replace(plain, prevalence=share)
    assert Candidates.of(stated, *data).choose(stated) == Candidates.of(plain, *data).choose(plain)


@given(scored(), st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_the_rarer_the_positives_the_fewer_thresholds_keep_a_precision(data: Scored, one: float, other: float) -> None:
    objective = Objective.parse(PRECISE)
    rare, common = (Candidates.of(replace(objective, prevalence=of), *data) for of in sorted((one, other)))
    assert ((rare.slack >= 1e-12) <= (common.slack >= -1e-12)).all()
    assert ((rare.low >= 1e-12) <= (common.low >= -1e-12)).all()
