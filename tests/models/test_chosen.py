"""Which network is used, and what is said of it, on simulated sweeps whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from simulated import Sweep, World

from steelyard.models.metrics.tally import Tally
from steelyard.models.objective.certificate import Candidates
from steelyard.models.verdict.chosen import Chosen, chosen
from steelyard.models.verdict.estimates import estimate
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.rechosen import Counts
from steelyard.models.verdict.sweep_verdict import Verdict

WISH = "recall @ precision >= 0.7"
NONE, OTHER = ("none", 0.5), ("handling-2", 0.5)


def drawn(world: World, seed: int = 1) -> Sweep:
    found = Sweep.drawn(world, WISH, [seed])
    assert found
    return found


def better_by(more: float, spread: float = 0.1) -> Evidence:
    """Four networks that differ by chance, and one of them in the log odds that it gives each positive."""
    sweep = drawn(World(200, 0.3, 1, 4))
    odds = logit(np.tile(sweep.scores[0], (4, 1)).astype(np.float64))
    odds += np.random.default_rng(0).normal(0, spread, odds.shape)
    odds[2] += more * sweep.labels
    return replace(sweep, scores=expit(odds).astype(np.float32)).evidence


def judged(evidence: Evidence) -> tuple[Chosen, Verdict]:
    choice = chosen(evidence)
    return choice, judge(evidence, choice)


@pytest.mark.parametrize("group", [1, 5])
def test_of_networks_that_are_alike_the_unweighted_one_is_used(group: int) -> None:
    used = [chosen(drawn(World(100, 0.3, group, 4), seed).evidence).cells[0] for seed in range(12)]
    assert used.count(NONE) >= 11
    assert chosen(better_by(0.0)).cells[0] == NONE


def test_a_network_that_is_better_is_used_and_called_better() -> None:
    choice, verdict = judged(better_by(1.0))
    assert choice.cells[0] == OTHER
    shapes = {cell.cell: cell.shape for cell in verdict.cells}
    assert shapes == {
        "handling-2": "better",
        "none": "baseline",
        "handling-1": "same curve",
        "handling-3": "same curve",
    }
    differs, base = verdict.cells[0].differences, verdict.baseline
    assert base and differs["recall"].low > 0 and differs["roc_auc"].low > 0
    gained = verdict.cells[0].areas["roc_auc"].value - base.areas["roc_auc"].value
    assert differs["roc_auc"].value == pytest.approx(gained, abs=0.01)


def test_one_that_is_worse_is_called_worse() -> None:
    choice, verdict = judged(better_by(-1.0))
    assert choice.cells[0] == NONE
    assert {cell.cell: cell.shape for cell in verdict.cells}["handling-2"] == "worse"


def test_without_the_baseline_the_best_is_used_and_nothing_is_compared() -> None:
    evidence = better_by(1.0)
    rest = Evidence(evidence.trials[1:], evidence.objective, train=(1, 1))
    vars(rest)["test"] = vars(rest)["val"] = replace(evidence.test, scores=evidence.test.scores[1:])
    choice, verdict = judged(rest)
    assert choice.cells[0] == OTHER
    assert {cell.shape for cell in verdict.cells} == {None} and verdict.baseline is None


def test_a_verdict_is_the_same_on_a_second_call() -> None:
    sweep = drawn(World(100, 0.3, 5, 4))
    first, second = (judged(replace(sweep).evidence)[1] for _ in range(2))
    assert first == second


def test_an_estimate_where_every_sample_keeps_the_threshold_is_what_was_counted() -> None:
    rng = np.random.default_rng(0)
    found = Counts(*(np.array(float(of)) for of in (60, 20, 80, 300)))
    hits, wrong = rng.binomial(80, 0.75, 4000), rng.binomial(300, 1 / 15, 4000)
    sampled = Counts(hits * 1.0, wrong * 1.0, np.full(4000, 80.0), np.full(4000, 300.0))
    whole = found.each(lambda of: np.full(4000, float(of)))
    told = estimate(lambda rates: rates.recall, found, sampled, whole, None)
    # Gart and Zweifel: the variance of the log odds of 60 in 80 is 1 / 60.5 + 1 / 20.5.
    odds, half = np.log(60.5 / 20.5), 1.96 * np.sqrt(1 / 60.5 + 1 / 20.5)
    assert told.value == pytest.approx(0.75, abs=0.005)
    assert (told.low, told.high) == pytest.approx((expit(odds - half), expit(odds + half)), abs=0.01)


def test_the_optimism_of_a_choice_is_taken_off() -> None:
    sweep = drawn(World(50, 0.1, 1, 1), 3)
    evidence = sweep.evidence
    own = evidence.rechosen(0)
    counted = float(own.found.hits / own.found.positives)
    optimism = float(np.mean(own.drawn.hits / own.drawn.positives - own.whole.hits / own.whole.positives))
    told = judged(evidence)[1].cells[0].point["recall"]
    assert optimism > 0 and told.value == pytest.approx(counted - optimism, abs=0.02)
    assert told.low < told.value < told.high


def test_a_sample_chooses_again_among_the_thresholds_and_on_the_images_themselves_as_they_were() -> None:
    evidence = drawn(World(100, 0.3, 1, 1)).evidence
    once = np.ones((len(evidence.test.labels), 3), np.float32)
    vars(evidence)["weights"] = once
    found = evidence.rechosen(0)
    assert found.choice == Candidates.of(evidence.objective, evidence.test.own, evidence.test.scores[0]).choose(
        evidence.objective
    )
    assert np.allclose(found.drawn.hits, found.found.hits) and np.allclose(found.drawn.wrong, found.found.wrong)
    assert found.rank == pytest.approx(found.choice.rank)


def test_the_needed_growth_certifies_about_where_it_says() -> None:
    each = (drawn(World(50, 0.1, 1, 1), seed).evidence for seed in range(40))
    evidence = next(of for of in each if not of.rechosen(0).choice.certified)
    found, test = evidence.rechosen(0), evidence.test
    grown = int(np.ceil(np.quantile(found.needed, 0.9)))
    assert np.median(found.needed) > 1
    labels, scores = np.tile(test.own, grown), np.tile(test.scores[0], grown)
    assert Candidates.of(evidence.objective, labels, scores).choose(evidence.objective).certified


def test_two_classes_through_the_metrics_of_k_classes_are_the_binary_ones() -> None:
    evidence = better_by(0.5)
    labels, weights = evidence.test.labels, evidence.weights
    for column in range(4):
        called, own = evidence.called(column), evidence.rechosen(column)
        at = own.found.rates(None)
        once, drawn_again = Tally.of(labels, called, 2), Tally.weighted(labels, called, 2, weights)
        for name in ("recall", "precision", "f1"):
            assert once.per_class()[name][1] == pytest.approx(float(evidence.objective.measure(name, at)))
        for name in ("accuracy", "balanced_accuracy"):
            assert once.macro()[name] == pytest.approx(float(evidence.objective.measure(name, at)))
        kept = Counts.above(
            evidence.test, evidence.test.scores[column].astype(float), np.array([own.choice.threshold]), weights
        )
        sampled = kept.each(lambda of: of[0]).rates(None)
        for name in ("recall", "precision"):
            expected = evidence.objective.measure(name, sampled)
            assert drawn_again.per_class()[name][:, 1] == pytest.approx(expected, rel=1e-6)
