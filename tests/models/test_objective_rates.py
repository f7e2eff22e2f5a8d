"""Rates at any share of positives, and what an objective makes of rates of any shape."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ties import Scored, scored

from steelyard.models.metrics.registry import METRICS
from steelyard.models.objective import Objective, Rates, rates
from steelyard.models.objective.grammar import EXAMPLES


def test_ratios_of_counts_are_exact_at_the_samples_own_share() -> None:
    for positives in range(1, 60):
        hits, wrong = np.arange(1, positives + 1), np.full(positives, 3)
        at = Rates.of(hits, wrong, positives, 30)
        assert at.precision.tolist() == [hit / (hit + 3) for hit in hits]
        assert METRICS["f1"].value(at).tolist() == [2 * hit / (positives + hit + 3) for hit in hits]
        assert at.alarms.tolist() == [(hit + 3) / (positives + 30) for hit in hits]


@given(scored(), st.floats(0.001, 0.999))
def test_rates_carry_over_to_another_share_of_positives_by_either_way(data: Scored, share: float) -> None:
    thresholds = np.unique(data[1]).astype(np.float64)
    stated, counted = rates(*data, thresholds, share), rates(*data, thresholds)
    for moved in (counted.at(share), replace(counted, prevalence=share)):
        assert moved.prevalence == share
        for name in ("recall", "false_positive_rate", "precision", "alarms", "accuracy", "f1"):
            assert np.array_equal(METRICS[name].value(moved), METRICS[name].value(stated)), name


def test_the_samples_own_share_is_told() -> None:
    assert rates(np.array([1, 0, 0, 0]), np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.25])).prevalence == 0.25


@given(scored(), st.floats(0.001, 0.999))
def test_calling_nothing_has_precision_and_f1_zero_and_misses_all(data: Scored, share: float) -> None:
    at = rates(*data, np.array([2.0]), share)
    assert (at.precision[0], METRICS["f1"].value(at)[0], at.alarms[0], at.recall[0]) == (0, 0, 0, 0)
    assert Objective.parse("cost fn=10 fp=1").values(at)[0] == pytest.approx(10 * share)


@pytest.mark.parametrize("text", [form + where for form in EXAMPLES for where in ("", " at prevalence 0.02")])
def test_an_objective_judges_replicates_and_trials_as_it_judges_each_alone(text: str) -> None:
    objective, rng = Objective.parse(text), np.random.default_rng(0)
    recall, wrong = rng.random((5, 3)), rng.random((5, 3))
    together = Rates(recall, wrong, 0.3)
    for judge in (objective.values, objective.merit, objective.constrained, objective.violations):
        assert judge(together).shape == (5, 3)
        alone = [
            [judge(Rates(*np.array([[a], [b]]), 0.3))[0] for a, b in zip(*pair, strict=True)]
            for pair in zip(recall, wrong, strict=True)
        ]
        assert np.array_equal(judge(together), alone)


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_violation_is_positive_just_where_the_bound_is_missed(text: str) -> None:
    objective, grid = Objective.parse(text), np.linspace(0, 1, 101)
    at = Rates(*(axis.ravel() for axis in np.meshgrid(grid, grid)), 0.05)
    kept, bound = objective.constrained(at), objective.limit
    excess = np.abs(kept - bound)
    missed = (excess > 1e-12) & ((kept < bound) == objective.at_least) & bool(objective.constraint)
    assert np.array_equal(objective.violations(at) > 0, missed)
    if objective.counted_in:
        assert np.allclose(objective.violations(at)[missed], excess[missed])
    assert missed.any() == bool(objective.constraint)


def test_the_limit_of_alarms_is_a_share() -> None:
    assert Objective.parse("recall @ alarms <= 30 per 1000").limit == 0.03
    assert Objective.parse("precision @ recall >= 0.95").limit == 0.95
    assert Objective.parse("f1").limit == 0


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_alone_has_no_rates(label: int) -> None:
    with pytest.raises(ValueError, match=r"both classes must be present, got \d positives and \d negatives"):
        rates(np.full(3, label), np.array([0.1, 0.2, 0.3]), np.array([0.5]))
