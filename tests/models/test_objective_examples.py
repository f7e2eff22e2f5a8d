"""Choices without a constraint that can be checked by hand: costs, F-beta and what ranks before what."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ties import Scored, scored

from steelyard.models.metrics import metrics
from steelyard.models.objective import Choice, Objective, rates
from steelyard.models.objective.certificate import Candidates


def chosen(text: str, data: tuple[npt.ArrayLike, npt.ArrayLike]) -> Choice:
    objective = Objective.parse(text)
    return Candidates.of(objective, np.asarray(data[0]), np.asarray(data[1], dtype=np.float64)).choose(objective)


def calibrated() -> tuple[list[int], list[float]]:
    """100 images at each of 0.00, 0.01, ... 1.00, of which just that share is positive."""
    labels = [int(image < percent) for percent in range(101) for image in range(100)]
    return labels, [percent / 100 for percent in range(101) for _ in range(100)]


@pytest.mark.parametrize(("fn", "fp", "elkan"), [(4, 1, 0.2), (0.85, 0.15, 0.15), (1, 1, 0.5), (1, 9, 0.9)])
def test_calibrated_scores_cost_least_at_elkans_threshold(fn: float, fp: float, elkan: float) -> None:
    # At the threshold itself both answers cost the same, and of equals the highest is chosen.
    assert chosen(f"cost fn={fn} fp={fp}", calibrated()).threshold == pytest.approx(elkan + 0.005)


@pytest.mark.parametrize("prevalence", [0.02, 0.1, 0.8])
def test_where_positives_are_rarer_elkans_threshold_moves_by_the_ratio_of_odds(prevalence: float) -> None:
    # Half of the calibrated sample is positive, so that odds in use are p / (1 - p) times those of the score.
    cost = 4 * prevalence / (1 - prevalence)
    choice = chosen(f"cost fn=4 fp=1 at prevalence {prevalence}", calibrated())
    assert choice.threshold == pytest.approx(1 / (1 + cost), abs=0.0051)


def test_cost_is_per_image_and_its_rank_falls_with_it() -> None:
    choice = chosen("cost fn=10 fp=1", ([1, 0, 0, 1], [0.9, 0.8, 0.1, 0.7]))
    assert (choice.threshold, choice.value, choice.rank) == (pytest.approx(0.4), 0.25, 0.8)
    assert chosen("cost fn=10 fp=1", ([1, 0], [0.9, 0.1])).rank == 1, "no error costs nothing"


@given(scored(), st.sampled_from([1e-3, 7, 1e9]), st.sampled_from(["", " at prevalence 0.02"]))
def test_the_currency_of_costs_changes_no_threshold(data: Scored, rate: float, where: str) -> None:
    plain, other = chosen(f"cost fn=3 fp=1{where}", data), chosen(f"cost fn={3 * rate} fp={rate}{where}", data)
    assert other.threshold == plain.threshold
    assert other.value == pytest.approx(plain.value * rate)


@given(scored())
def test_equal_costs_are_the_error_rate(data: Scored) -> None:
    choice = chosen("cost fn=1 fp=1", data)
    assert choice.value == pytest.approx(1 - metrics.at_threshold(*data, choice.threshold)["accuracy"])


@given(scored(), st.sampled_from(["", " at prevalence 0.1"]))
def test_fbeta_1_is_f1_and_a_huge_or_tiny_beta_recall_or_precision(data: Scored, where: str) -> None:
    assert chosen(f"fbeta 1{where}", data) == chosen(f"f1{where}", data)
    assert chosen(f"fbeta 1e200{where}", data).value == 1
    labels, scores = data
    share = 0.1 if where else None
    best = rates(labels, scores, np.unique(scores).astype(np.float64), share).precision.max()
    assert chosen(f"fbeta 1e-200{where}", data).value == pytest.approx(best)


@given(scored(), scored())
def test_the_lower_cost_ranks_first(one: Scored, other: Scored) -> None:
    first, second = chosen("cost fn=5 fp=1", one), chosen("cost fn=5 fp=1", other)
    assert (first.rank > second.rank) == (first.value < second.value)


@pytest.mark.parametrize("costs", ["fn=10 fp=1", "fn=0.7 fp=0.07", "fn=1e9 fp=1e8"])
def test_equal_costs_stay_equal_and_the_highest_threshold_is_chosen_however_they_round(costs: str) -> None:
    for rest in range(60):
        # One image called: the other positive is missed. Twelve called: ten false alarms, that cost as much.
        labels, scores = [1, *[0] * 10, 1, *[0] * rest], np.linspace(1, 0, 12 + rest)
        assert chosen(f"cost {costs}", (labels, scores)).threshold > scores[1]
