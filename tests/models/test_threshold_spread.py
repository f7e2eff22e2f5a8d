"""Thresholds chosen again on bootstrap samples: what the objective itself chooses on the arrays so resampled."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective import Objective
from steelyard.models.objective.threshold_choice import best_threshold
from steelyard.models.statistics.bootstrap import chunks
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.threshold_spread import chosen_again, spreads

SAMPLES = 25
FORMS = [
    *("recall @ precision >= 0.7", "recall @ precision >= 0.95", "recall @ false_positive_rate <= 0.1"),
    *("recall @ alarms <= 300 per 1000", "recall @ alarms <= 30 per 1000", "precision @ recall >= 0.9"),
    *("precision @ false_positive_rate <= 0.1", "precision @ alarms <= 300 per 1000"),
    *("recall", "f1", "fbeta 2", "fbeta 0.5", "balanced_accuracy", "average_precision"),
    *("cost fn=4 fp=1", "cost fn=1 fp=4", "cost fn=4e12 fp=3e12", "cost fn=4e-11 fp=1e-11"),
]
EVERYWHERE = [form + where for form in FORMS for where in ("", " at prevalence 0.05", " at prevalence 0.5")]

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]


@st.composite
def scored(draw: st.DrawFn) -> Scored:
    """30 to 60 images of both classes, whose float32 scores tie, reach both ends and are neighbours one ulp apart."""
    count, rng = draw(st.integers(30, 60)), np.random.default_rng(draw(st.integers(0, 10**6)))
    labels = rng.permutation(np.arange(count) < draw(st.integers(2, count - 2))).astype(np.int64)
    grid, gap = draw(st.sampled_from([4, 20, 1000])), draw(st.sampled_from([0.0, 0.3, 1.0]))
    drawn = np.rint(grid * np.clip(rng.normal(0.5 + gap * (labels - 0.5), 0.3), 0, 1)) / grid
    values: npt.NDArray[np.float32] = drawn.astype(np.float32)
    values[0] = np.nextafter(values[1], np.float32(0.5))
    return labels, values


def resampled(labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float32], samples: int) -> Iterator[Scored]:
    positives, negatives = (scores[labels == label] for label in (1, 0))
    again = np.repeat(np.array([1, 0]), [len(positives), len(negatives)])
    for hits, misfires in chunks(labels, samples, seed=0):
        for one, other in zip(hits.T.astype(int), misfires.T.astype(int), strict=True):
            yield again, np.concatenate([np.repeat(positives, one), np.repeat(negatives, other)])


def by_brute_force(data: Scored, objective: Objective, samples: int = SAMPLES) -> list[float]:
    """NaN where a sample has no feasible threshold."""
    choices = [best_threshold(objective, *again, fallback=0.5) for again in resampled(*data, samples)]
    return [choice.threshold if choice.feasible else np.nan for choice in choices]


@pytest.mark.parametrize("text", EVERYWHERE)
@settings(max_examples=20)
@given(data=scored())
def test_each_sample_has_the_threshold_that_the_objective_chooses_on_it(text: str, data: Scored) -> None:
    objective = Objective.parse(text)
    found = of_one(data, objective)
    assert found.tolist() == pytest.approx(by_brute_force(data, objective), abs=0, rel=0, nan_ok=True)


def of_one(data: Scored, objective: Objective, samples: int = SAMPLES) -> npt.NDArray[np.float64]:
    labels, scores = data
    return chosen_again(labels, scores[None], objective, samples)[0]


def known(count: int = 60, gap: float = 0.4, seed: int = 4) -> Scored:
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) % 3 == 0).astype(np.int64)
    values = np.clip(rng.normal(0.4 + gap * labels, 0.2), 0, 1)
    return labels, (np.rint(values * 50) / 50).astype(np.float32)


@pytest.mark.parametrize("unit", ["e-11", "e-300", "e12"])
def test_the_unit_of_costs_changes_no_threshold(unit: str) -> None:
    plain, scaled = (
        of_one(known(), Objective.parse(f"cost fn=4{e} fp=1{e} at prevalence 0.05"), 200) for e in ("", unit)
    )
    assert plain.tolist() == scaled.tolist() and len(set(plain)) > 3


def test_samples_in_several_pieces_are_chosen_on_like_samples_in_one() -> None:
    data, objective = known(count=1500), Objective.parse("f1")
    assert len(list(chunks(data[0], 1500, seed=0))) == 2
    found = of_one(data, objective, 1500)
    assert found.shape == (1500,)
    # 1,333 samples fit into the first piece; these straddle its end.
    expected = by_brute_force(data, objective, 1500)
    assert found[1300:1400].tolist() == expected[1300:1400]


def test_trials_share_their_samples_and_each_chooses_as_if_it_were_alone() -> None:
    (labels, first), (_, second) = known(count=1500), known(count=1500, seed=5)
    trials, groups = np.stack([first, second, 1 - first]), np.arange(1500) // 3
    objective = Objective.parse("recall @ precision >= 0.5")
    for of in (None, groups):
        together = chosen_again(labels, trials, objective, 1500, of)
        alone = [chosen_again(labels, row[None], objective, 1500, of)[0] for row in trials]
        np.testing.assert_array_equal(together, alone)
    assert len({tuple(row) for row in together}) == 3


def test_how_the_classes_are_mixed_does_not_matter() -> None:
    labels, scores = known()
    order = np.argsort(labels, kind="stable")
    objective = Objective.parse("recall @ precision >= 0.7")
    assert of_one((labels, scores), objective, 50).tolist() == pytest.approx(
        of_one((labels[order], scores[order]), objective, 50).tolist(), abs=0, nan_ok=True
    )


@pytest.mark.parametrize("text", [form + where for form in FORMS for where in ("", " at prevalence 0.2")])
def test_groups_are_drawn_whole_and_then_chosen_on_likewise(text: str) -> None:
    labels, scores = known(40)
    groups, objective = np.arange(40) // 4, Objective.parse(text)
    expected = []
    for hits, misfires in chunks(labels, SAMPLES, 0, groups):
        for one, other in zip(hits.T, misfires.T, strict=True):
            counts = [weight.astype(int) for weight in (one, other)]
            drawn = [np.repeat(scores[labels == label], count) for label, count in zip((1, 0), counts, strict=True)]
            again = np.repeat(np.array([1, 0]), [len(of_class) for of_class in drawn])
            choice = best_threshold(objective, again, np.concatenate(drawn), fallback=0.5)
            expected.append(choice.threshold if choice.feasible else np.nan)
    found = chosen_again(labels, scores[None], objective, SAMPLES, groups)[0].tolist()
    assert found == pytest.approx(expected, abs=0, nan_ok=True)


def evidence(scored_trial: Callable[..., ScoredTrial], val: Scored, text: str, samples: int) -> Evidence:
    objective = Objective.parse(text)
    return Evidence([scored_trial("none", 3, val, known(), objective)], objective, samples=samples)


def test_the_range_is_of_the_samples_that_have_a_feasible_threshold_and_the_others_are_counted(
    scored_trial: Callable[..., ScoredTrial],
) -> None:
    of = evidence(scored_trial, known(gap=0.0), "recall @ precision >= 0.8", 400)
    found, chosen = spreads(of)[0], of_one(known(gap=0.0), of.objective, 400)
    kept = chosen[~np.isnan(chosen)]
    assert found.out_of_reach == pytest.approx(1 - len(kept) / 400)
    assert 0 < len(kept) < 400
    assert (found.low, found.high) == pytest.approx((np.quantile(kept, 0.025), np.quantile(kept, 0.975)))
    assert found.low < found.high
    assert (found.seed, found.value) == (3, of.trials[0].operating.threshold)


def test_each_trial_has_the_range_of_its_own_thresholds(scored_trial: Callable[..., ScoredTrial]) -> None:
    objective, vals = Objective.parse("f1"), [known(gap=gap) for gap in (0.1, 0.6)]
    trials = [scored_trial("none", seed, val, known(), objective) for seed, val in enumerate(vals)]
    for found, val in zip(spreads(Evidence(trials, objective, samples=400)), vals, strict=True):
        assert (found.low, found.high) == pytest.approx(np.quantile(of_one(val, objective, 400), [0.025, 0.975]))


def test_where_no_sample_has_a_feasible_threshold_the_fallback_has_no_range(
    scored_trial: Callable[..., ScoredTrial],
) -> None:
    flat = np.repeat(np.array([1, 0]), [5, 15]), np.full(20, 0.5, np.float32)
    (found,) = spreads(evidence(scored_trial, flat, "recall @ precision >= 0.9", 30))
    assert (found.value, found.feasible, found.low, found.high, found.out_of_reach) == (ARGMAX, False, None, None, 1)


def test_more_images_of_val_narrow_the_range() -> None:
    few, many = (width(count) for count in (60, 3000))
    assert many < few / 2


def width(count: int) -> float:
    """Of 95 % of the thresholds, mean over 6 sets of images."""
    objective = Objective.parse("balanced_accuracy")
    found = [of_one(known(count, seed=seed), objective, 200) for seed in range(6)]
    return float(np.mean([np.subtract(*np.quantile(each, [0.975, 0.025])) for each in found]))
