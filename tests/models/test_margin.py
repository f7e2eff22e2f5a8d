"""A threshold with a margin: how far inside the limit it lies, and that it keeps its promise there."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, ndtr, ndtri

from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective import Objective, rates
from steelyard.models.objective.drawn_choice import Scored, choose
from steelyard.models.objective.margin import design_effect, missed
from steelyard.models.objective.threshold_choice import Choice, best_threshold
from steelyard.models.statistics.intervals import wilson_interval

WISHES = [
    "recall @ precision >= 0.7",
    "recall @ precision >= 0.5 at prevalence 0.1",
    "precision @ recall >= 0.8",
    "recall @ false_positive_rate <= 0.1",
    "recall @ alarms <= 300 per 1000",
    "recall @ alarms <= 150 per 1000 at prevalence 0.1",
]
AT_90 = float(ndtri(0.9))


def images(
    seed: int, positives: int = 60, negatives: int = 240
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    labels = np.repeat([1, 0], [positives, negatives]).astype(np.int64)
    scores = expit(np.random.default_rng(seed).normal(2.0 * labels - 1.0, 1.0))
    return labels, scores.astype(np.float32)


def chosen(wish: str, margin: float, seed: int = 0, groups: npt.NDArray[np.int64] | None = None) -> Choice:
    return best_threshold(Objective.parse(wish, margin), *images(seed), ARGMAX, groups)


@pytest.mark.parametrize("wish", WISHES)
def test_at_the_edge_nothing_but_the_metric_itself_counts(wish: str) -> None:
    objective, (labels, scores) = Objective.parse(wish), images(0)
    at = rates(labels, scores, np.linspace(0, 1, 50), objective.prevalence)
    assert missed(objective, at, 60, 240).tolist() == objective.violations(at).tolist()


@pytest.mark.parametrize(
    ("wish", "images_of"),
    [
        ("recall @ precision >= 0.7", lambda at: at.recall * 60 + at.false_positive_rate * 240),
        ("precision @ recall >= 0.8", lambda at: 60),
        ("recall @ false_positive_rate <= 0.1", lambda at: 240),
        ("recall @ alarms <= 300 per 1000", lambda at: 300),
    ],
)
def test_a_share_is_held_to_the_bound_of_wilsons_interval(wish: str, images_of: object) -> None:
    objective, (labels, scores) = Objective.parse(wish, 0.9), images(1)
    at = rates(labels, scores, np.array([0.5]), None)
    n = float(np.asarray(images_of(at)).ravel()[0])  # type: ignore[operator]
    low, high = wilson_interval(float(objective.constrained(at)[0]), n, AT_90)
    by_hand = objective.limit - low if objective.at_least else high - objective.limit
    assert missed(objective, at, 60, 240)[0] == pytest.approx(max(0.0, by_hand))


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("seed", range(5))
def test_more_margin_lies_further_inside_and_costs_some_of_the_metric(wish: str, seed: int) -> None:
    edge, inside, further = (chosen(wish, margin, seed) for margin in (0.5, 0.9, 0.99))
    assert edge.value >= inside.value >= further.value or not further.feasible
    labels, scores = images(seed)
    for choice in (inside, further):
        objective = Objective.parse(wish)
        at = rates(labels, scores, np.array([choice.threshold]), objective.prevalence)
        assert not choice.feasible or objective.violations(at)[0] == 0


def test_where_no_threshold_clears_it_the_nearest_one_stands_and_says_so() -> None:
    choice = chosen("recall @ precision >= 0.99", 0.9)
    assert not choice.feasible and choice.rank < 0
    labels, scores = images(0)
    objective, each = Objective.parse("recall @ precision >= 0.99", 0.9), np.unique(scores).astype(np.float64)
    misses = missed(objective, rates(labels, scores, each, None), 60, 240)
    own = missed(objective, rates(labels, scores, np.array([choice.threshold]), None), 60, 240)
    assert own[0] == pytest.approx(misses.min())
    assert choice.threshold != ARGMAX


@settings(max_examples=40)
@given(st.sampled_from(WISHES), st.integers(0, 99))
def test_on_the_images_themselves_the_choice_on_samples_is_the_same(wish: str, seed: int) -> None:
    objective, (labels, scores) = Objective.parse(wish, 0.9), images(seed)
    again = choose(Scored(labels, scores.astype(np.float64)), np.arange(300)[None], objective)
    assert again[0] == best_threshold(objective, labels, scores, ARGMAX).threshold


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from([*WISHES, "cost fn=10 fp=1", "f1", "precision @ alarms <= 100 per 1000"]),
    st.sampled_from([0.5, 0.9, 0.99]),
    st.integers(0, 999),
    st.sampled_from([2, 30]),
)
def test_on_images_that_come_more_than_once_or_not_at_all_it_is_that_of_just_these(
    wish: str, margin: float, seed: int, levels: int
) -> None:
    rng, objective, (labels, scores) = np.random.default_rng(seed), Objective.parse(wish, margin), images(seed, 12, 50)
    scores = (np.round(levels * scores) / levels).astype(np.float32)  # Ties within a class, and between the two.
    exact = scores.astype(np.float64)
    drawn = [np.concatenate([rng.integers(0, 12, 12), rng.integers(12, 62, rng.integers(1, 50))]) for _ in range(40)]
    padded = np.stack([np.pad(rng.permutation(own), (0, 62 - len(own)), constant_values=-1) for own in drawn])
    found = choose(Scored(labels, exact), padded, objective)
    for sample, own in enumerate(drawn):
        choice = best_threshold(objective, labels[own], scores[own], ARGMAX)
        wanted = choice.threshold if choice.feasible or margin > 0.5 else np.nan
        assert found[sample] == pytest.approx(wanted, nan_ok=True, abs=1e-12)


def test_a_sample_that_lacks_a_class_chooses_nothing() -> None:
    labels, scores = images(0, 3, 5)
    drawn = np.array([[0, 1, 2, -1], [3, 4, 5, 6], [-1, -1, -1, -1], [0, 3, 4, -1]])
    found = choose(Scored(labels, scores.astype(np.float64)), drawn, Objective.parse(WISHES[0], 0.9))
    assert np.isnan(found).tolist() == [True, True, True, False]


def test_copies_of_an_image_say_no_more_than_one() -> None:
    labels, scores = (np.repeat(of, 4) for of in images(2, 30, 120))
    groups = np.repeat(np.arange(150), 4)
    for wish in WISHES:
        objective = Objective.parse(wish, 0.9)
        assert design_effect(objective, labels, scores > 0.5, groups) == pytest.approx(4 * 150 / 149)
        assert design_effect(objective, labels, scores > 0.5, None) == 1
        once = best_threshold(objective, *images(2, 30, 120), ARGMAX)
        known = best_threshold(objective, labels, scores, ARGMAX, groups)
        unknown = best_threshold(objective, labels, scores, ARGMAX)
        assert known.value <= once.value <= unknown.value or not known.feasible


def test_two_objectives_with_other_margins_want_the_same() -> None:
    objective = Objective.parse(WISHES[0])
    assert replace(objective, margin=0.9) == objective and str(replace(objective, margin=0.9)) == str(objective)


SWEEPS = 400


def kept(margin: float, wish: str, prevalence: float, positives: int) -> float:
    """How often the threshold that val chose keeps to the constraint for all images, where val has one that does."""
    objective, held = Objective.parse(wish, margin), []
    for seed in range(SWEEPS):
        choice = best_threshold(objective, *images(seed, positives, round(positives * (1 / prevalence - 1))), ARGMAX)
        if choice.feasible:
            threshold = np.log(choice.threshold / (1 - choice.threshold)) if 0 < choice.threshold < 1 else np.inf
            recall, wrong = (float(ndtr(mean - threshold)) for mean in (1.0, -1.0))
            called = prevalence * recall + (1 - prevalence) * wrong
            held.append(called > 0 and prevalence * recall / called >= objective.limit)
    return float(np.mean(held))


@pytest.mark.parametrize(("limit", "prevalence", "positives"), [(0.8, 0.5, 50), (0.5, 0.1, 50), (0.5, 0.1, 200)])
def test_a_margin_of_90_percent_keeps_its_promise_in_87_and_the_edge_in_about_half(
    limit: float, prevalence: float, positives: int
) -> None:
    assert kept(0.9, f"recall @ precision >= {limit}", prevalence, positives) >= 0.87
    assert kept(0.5, f"recall @ precision >= {limit}", prevalence, positives) <= 0.65
