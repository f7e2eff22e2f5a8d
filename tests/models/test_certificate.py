"""The thresholds of a network and what is certified at each, against brute force over all thresholds there are."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from ties import Scored, scored

from steelyard.models.objective import Objective, Rates, rates
from steelyard.models.objective.certificate import FLOOR, UPPER_END, Candidates
from steelyard.models.objective.grammar import EXAMPLES

COUNTED = ["recall @ precision >= 0.4", "precision @ recall >= 0.3"]
COUNTED += ["recall @ false_positive_rate <= 0.4", "recall @ alarms <= 600 per 1000"]
SUMS = ["recall @ precision >= 0.2 at prevalence 0.1", "recall @ alarms <= 500 per 1000 at prevalence 0.2"]
SUMS += ["recall @ fbeta 2 >= 0.3", "recall @ f1 >= 0.3 at prevalence 0.3", "precision @ cost fn=3 fp=1 <= 1.2"]
SUMS += ["recall @ accuracy >= 0.4", "recall @ balanced_accuracy >= 0.45"]
FREE = ["recall", "f1", "f1 at prevalence 0.1", "fbeta 0.5", "balanced_accuracy", "cost fn=10 fp=1"]
Thresholds = npt.NDArray[np.float64]


def every_threshold(scores: npt.NDArray[np.floating]) -> Thresholds:
    """One between each two neighbouring scores, one below all and one above, falling."""
    distinct = np.unique(scores.astype(np.float64))[::-1]
    return np.concatenate([[UPPER_END], (distinct[:-1] + distinct[1:]) / 2, [0.0]])


def exact(hits: int, n: int, lower: bool) -> float:
    """One-sided 95 % bound of a share."""
    if not n:
        return 0.0 if lower else 1.0
    interval = binomtest(hits, n, alternative="greater" if lower else "less").proportion_ci(0.95)
    return float(interval.low if lower else interval.high)


def slack_and_bounds(objective: Objective, data: Scored, threshold: float) -> tuple[float, float, float]:
    """Of one threshold, from its counts alone."""
    labels, called = data[0], data[1].astype(np.float64) >= threshold
    (hits, positives), (wrong, negatives) = (
        (int((called & (labels == of)).sum()), int((labels == of).sum())) for of in (1, 0)
    )
    counts = {
        "precision": (hits, hits + wrong),
        "recall": (hits, positives),
        "false_positive_rate": (wrong, negatives),
        "alarms": (hits + wrong, len(labels)),
    }
    if objective.constraint in counts and (
        objective.prevalence is None or objective.constraint not in ("precision", "alarms")
    ):
        k, n = counts[objective.constraint]
        three = np.array([k / n if n else 0.0, exact(k, n, True), exact(k, n, False)]) - objective.limit
        return tuple(three) if objective.at_least else tuple(-three[[0, 2, 1]])
    share = positives / len(labels) if objective.prevalence is None else objective.prevalence
    plane = objective.half_plane(share)
    assert plane is not None
    a, b, c = (float(of) for of in plane)
    tpr, fpr = hits / positives, wrong / negatives
    (l1, u1), (l2, u2) = ((exact(k, n, True), exact(k, n, False)) for k, n in ((hits, positives), (wrong, negatives)))
    # Of a TPR >= 0 the lower end lowers the sum, of b FPR <= 0 the upper one; of a < 0 the other way round.
    down = (a * (tpr - l1) if a > 0 else a * (u1 - tpr), b * (u2 - fpr))
    up = (a * (u1 - tpr) if a > 0 else a * (tpr - l1), b * (fpr - l2))
    value = a * tpr + b * fpr - c
    return value, value - float(np.hypot(*down)), value + float(np.hypot(*up))


@pytest.mark.parametrize("wish", [*COUNTED, *SUMS])
@given(data=scored())
def test_slack_and_bounds_at_each_threshold_are_those_of_its_counts(wish: str, data: Scored) -> None:
    objective = Objective.parse(wish)
    found = Candidates.of(objective, *data)
    assert found.thresholds[0] == UPPER_END and (np.diff(found.thresholds) < 0).all()
    assert len(found.thresholds) == 1 + len(np.unique(data[1][data[0] == 1])), "one under each score of a positive"
    for place, threshold in enumerate(found.thresholds):
        expected = slack_and_bounds(objective, data, threshold)
        assert (found.slack[place], found.low[place], found.high[place]) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("wish", [*COUNTED, *SUMS, *FREE])
@given(data=scored())
def test_no_threshold_that_is_certified_is_better_than_the_one_chosen(wish: str, data: Scored) -> None:
    objective, merits = Objective.parse(wish), []
    for threshold in every_threshold(data[1]):
        low = slack_and_bounds(objective, data, threshold)[1] if objective.constraint else 0.0
        rates = at(data, threshold, objective)
        if low >= -1e-9:
            merits.append(float(objective.merit(rates)[0]))
    choice = Candidates.of(objective, *data).choose(objective)
    assert choice.certified == bool(merits)
    if merits:
        assert choice.rank == pytest.approx(max(merits))
        assert choice.value == pytest.approx(float(objective.values(at(data, choice.threshold, objective))[0]))


def at(data: Scored, threshold: float, objective: Objective) -> Rates:
    return rates(*data, np.array([threshold]), objective.prevalence)


@given(data=scored())
def test_without_a_certified_threshold_the_one_whose_bound_comes_nearest_is_chosen_and_ranks_below_all(
    data: Scored,
) -> None:
    objective = Objective.parse("recall @ precision >= 0.99")
    found = Candidates.of(objective, *data)
    choice = found.choose(objective)
    assert not choice.certified and -1 <= choice.rank < 0
    lows = {
        of: slack_and_bounds(objective, data, of)[1]
        for of in found.thresholds[1:]
        if at(data, of, objective).recall >= FLOOR
    }
    assert choice.rank == pytest.approx(max(lows.values()), abs=1e-7)
    assert lows[choice.threshold] == pytest.approx(max(lows.values()), abs=1e-7)


def test_ties_move_together() -> None:
    labels, scores = np.array([1] * 40 + [0] * 40), np.array([0.8] * 30 + [0.4] * 10 + [0.4] * 40)
    found = Candidates.of(Objective.parse("recall @ precision >= 0.7"), labels, scores)
    assert found.thresholds == pytest.approx([UPPER_END, 0.6, 0.2]), "the last ten positives bring all negatives along"
    assert found.rates.recall.tolist() == [0, 0.75, 1]
    assert found.rates.false_positive_rate.tolist() == [0, 0, 1]


def test_a_threshold_between_neighbouring_numbers_calls_the_upper_alone() -> None:
    lower, upper = np.float64(0.5), np.nextafter(0.5, 1)
    found = Candidates.of(Objective.parse("f1"), np.array([1, 0]), np.array([upper, lower]))
    assert upper >= found.thresholds[1] > lower


@pytest.mark.parametrize("wish", EXAMPLES)
def test_a_separable_set_is_certified_for_every_example_but_what_asks_for_nothing(wish: str) -> None:
    labels, scores = np.repeat([1, 0], (1000, 30_000)), np.linspace(1, 0, 31_000)
    objective = Objective.parse(wish)
    choice = Candidates.of(objective, labels, scores).choose(objective)
    assert choice.certified or "alarms" in wish, "3 % of all images are fewer than the positives"


def test_the_smallest_number_of_alarms_that_can_certify_is_that_of_the_exact_bound() -> None:
    objective = Objective.parse("recall @ precision >= 0.7")
    # 0.7^8 = .058 and 0.7^9 = .040: nine alarms, all right, are the fewest.
    for positives, certified in ((8, False), (9, True)):
        labels, scores = np.repeat([1, 0], (positives, 50)), np.linspace(1, 0, positives + 50)
        assert Candidates.of(objective, labels, scores).choose(objective).certified == certified


def test_it_is_refuted_where_every_threshold_that_finds_a_twentieth_is() -> None:
    objective, rng = Objective.parse("recall @ precision >= 0.9"), np.random.default_rng(0)
    labels = np.repeat([1, 0], (200, 800))
    random = rng.random(1000)
    assert Candidates.of(objective, labels, random).refuted
    assert not Candidates.of(objective, labels, (random + labels) / 2).refuted
    # Ten positives above all else are a twentieth: their bound is 1.
    few = np.where(np.arange(1000) < 10, 1.0, random / 2)
    assert not Candidates.of(objective, labels, few).refuted
    fewer = np.where(np.arange(1000) < 5, 1.0, random / 2)
    assert Candidates.of(objective, labels, fewer).refuted, "five alarms can refute nothing, and are not asked"


@pytest.mark.parametrize("group", [1, 4])
@pytest.mark.parametrize("wish", [*COUNTED, *SUMS])
def test_choosing_again_with_the_tightest_limit_certifies_it_and_a_little_more_does_not(wish: str, group: int) -> None:
    rng, objective = np.random.default_rng(3), Objective.parse(wish)
    groups = np.repeat(np.arange(300), group) if group > 1 else None
    labels = (rng.random(300 * group) < 0.3).astype(int)
    scores = 1 / (1 + np.exp(1 - rng.normal(2 * labels, 1)))
    found = Candidates.of(objective, labels, scores, groups)
    limits = found.certified_limits(objective)
    tightest = float(limits.max() if objective.at_least else limits.min())
    per = objective.bound / objective.limit
    for more, certified in ((-1e-4, True), (1e-4, False)):
        moved = tightest + (more if objective.at_least else -more)
        asked = replace(objective, bound=moved * per)
        assert Candidates.of(asked, labels, scores, groups).choose(asked).certified == certified, moved


@given(scored(), st.integers(2, 5))
def test_images_in_groups_are_never_more_certain_than_images_alone(data: Scored, size: int) -> None:
    objective = Objective.parse("recall @ precision >= 0.3")
    alone, groups = Candidates.of(objective, *data), np.arange(len(data[0])) // size
    whole = Candidates.of(objective, *data, groups)
    assert (whole.low <= alone.low + 1e-9).all() and (whole.high >= alone.high - 1e-9).all()
    assert np.array_equal(whole.thresholds, alone.thresholds) and np.array_equal(whole.slack, alone.slack)
