"""The verdict as a whole: every cell is in it, every number is finite, and it survives being written and read."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel
from scipy.special import expit

from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.spec.trial import Part
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.verdict_sentences import worded

CELLS = [("weights 0.8", 0.8), ("none", 0.5), ("upsample", 0.5)]
SIZES = {"val": (40, 160), "test": (50, 170)}

Make = Callable[..., ScoredTrial]


def part(name: str, cell: str, seed: int) -> tuple[Any, Any]:
    labels = np.repeat(np.array([1, 0]), SIZES[name])
    signal = np.random.default_rng(len(name)).normal(1.5 * labels - 1, 1)
    shift = 1.0 if cell.startswith("weights") else 0.0
    return labels, expit(signal + shift + 0.5 * np.random.default_rng([seed, len(cell)]).standard_normal(len(labels)))


def flat(name: str, cell: str, seed: int) -> tuple[Any, Any]:
    """A network that collapsed: it gives all images the same score."""
    labels, scores = part(name, cell, seed)
    return labels, np.full_like(scores, 0.3 if cell == "none" else 0.7)


def sweep(
    scored_trial: Make,
    text: str,
    scores: Callable[..., tuple[Any, Any]] = part,
    seeds: int = 2,
    validate_on: Part = "val",
    learned: float = 0.2,
) -> Evidence:
    objective = Objective.parse(text)
    trials = [
        scored_trial(
            cell,
            seed,
            scores(validate_on, cell, seed),
            scores("test", cell, seed),
            objective,
            learned=learned,
            validate_on=validate_on,
        )
        for cell, _ in CELLS
        for seed in range(seeds)
    ]
    return Evidence(trials, objective, samples=60)


def told(evidence: Evidence) -> Verdict:
    ids = evidence.test.ids
    table = pd.DataFrame({"half": np.where(np.arange(len(ids)) % 2, "odd", "even")}, index=ids)
    return worded(judge(replace(evidence, slices=table), CELLS))


def numbers(value: object) -> Iterator[float]:
    if isinstance(value, BaseModel):
        yield from numbers(dict(value))
    elif isinstance(value, dict):
        yield from numbers(list(value.values()))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, int | float):
        yield float(value)


@pytest.mark.parametrize("text", [*EXAMPLES, *(f"{text} at prevalence 0.02" for text in EXAMPLES)])
def test_a_verdict_reads_back_as_written_all_finite_and_with_every_interval_around_its_value(
    scored_trial: Make, text: str
) -> None:
    verdict = told(sweep(scored_trial, text))
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    found = list(numbers(verdict))
    assert len(found) > 200 and all(math.isfinite(number) for number in found)
    assert verdict.objective == str(Objective.parse(text))
    for cell in verdict.cells:
        estimates = [*cell.point.values(), *cell.argmax.values(), *cell.areas.values(), *cell.differences.values()]
        assert all(each.low <= each.value <= each.high and each.low < each.high for each in estimates)
        shares = [cell.point[name] for name in ("recall", "false_positive_rate", "precision", "alarms", "accuracy")]
        assert all(each.low >= 0 and each.high <= 1 for each in [*shares, *cell.argmax.values()])


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("text", [*EXAMPLES, "f1 at prevalence 0.05"])
def test_collapsed_networks_are_judged_too(scored_trial: Make, text: str, seeds: int) -> None:
    verdict = told(sweep(scored_trial, text, scores=flat, seeds=seeds))
    assert all(math.isfinite(number) for number in numbers(verdict))
    assert [cell.cell for cell in verdict.cells] == [cell for cell, _ in CELLS]
    for cell in verdict.cells:
        assert cell.areas["roc_auc"].value == 0.5
        assert cell.shape == ("baseline" if cell.cell == "none" else "moved along the curve")


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("text", ["f1", "f1 at prevalence 0.05", "cost fn=10 fp=1 at prevalence 0.05"])
def test_that_no_sample_changes_a_metric_of_collapsed_networks_does_not_make_it_certain(
    scored_trial: Make, text: str, seeds: int
) -> None:
    verdict = told(sweep(scored_trial, text, scores=flat, seeds=seeds))
    for found in (cell.areas | cell.point for cell in verdict.cells):
        for name in {"roc_auc", "average_precision", "f1"} & set(found):
            assert found[name].high - found[name].value == pytest.approx(1.96 * 1.5 / 50, rel=1e-3), name
        assert all(found[name].high - found[name].value > 0.01 for name in {"cost"} & set(found))


def test_no_cell_is_lost_and_they_keep_the_order_of_the_comparison(scored_trial: Make) -> None:
    evidence = sweep(scored_trial, "recall @ precision >= 0.5")
    for order in (CELLS, CELLS[::-1]):
        verdict = worded(judge(evidence, [*order[:1], ("downsample", 0.5), *order[1:]]))
        assert [(cell.cell, cell.weight_positive) for cell in verdict.cells] == order
    assert all(len(cell.thresholds) == len(cell.calibration) == 2 for cell in verdict.cells)
    assert [cell.shape == "baseline" for cell in verdict.cells] == [cell == "none" for cell, _ in CELLS[::-1]]


def test_the_numbers_are_those_of_the_trials_on_test(scored_trial: Make) -> None:
    evidence = sweep(scored_trial, "recall @ precision >= 0.5")
    verdict = told(evidence)
    assert (verdict.positives, verdict.negatives, verdict.samples) == (50, 170, 60)
    for cell in verdict.cells:
        points = [one.operating for one in evidence.trials if one.outcome.cell == cell.cell]
        for name in ("recall", "precision", "accuracy"):
            assert cell.point[name].value == pytest.approx(np.mean([point.test[name] for point in points]))
            assert cell.point[name].seeds == 2
        assert [each.value for each in cell.thresholds] == [point.threshold for point in points]
        assert [each.seed for each in cell.thresholds] == [0, 1]


def test_only_a_sweep_whose_val_was_test_is_optimistic(scored_trial: Make) -> None:
    assert told(sweep(scored_trial, "f1", validate_on="test")).optimistic
    assert not told(sweep(scored_trial, "f1")).optimistic


def test_without_a_baseline_nothing_has_a_shape(scored_trial: Make) -> None:
    evidence = sweep(scored_trial, "f1")
    handled = Evidence([one for one in evidence.trials if one.outcome.cell != "none"], evidence.objective, samples=60)
    verdict = told(handled)
    assert [(cell.shape, cell.differences, cell.pairs) for cell in verdict.cells] == [(None, {}, ())] * 2


@pytest.mark.parametrize("share", [0.02, None])
def test_scores_are_calibrated_to_the_stated_prevalence_or_to_that_of_val(
    scored_trial: Make, share: float | None
) -> None:
    verdict = told(sweep(scored_trial, "f1" if share is None else f"f1 at prevalence {share}", learned=0.4))
    found = [each for cell in verdict.cells for each in cell.calibration]
    assert [(each.prevalence, each.learned) for each in found] == [(share or 0.2, 0.4)] * 6


def test_trials_that_scored_other_images_are_refused(scored_trial: Make) -> None:
    evidence = sweep(scored_trial, "f1")
    odd = evidence.trials[0]
    for other in (odd.scores.iloc[:-1], odd.scores.assign(label=1 - odd.scores["label"])):
        mixed = Evidence([odd, ScoredTrial(odd.trial, odd.outcome, other, 0.2)], evidence.objective, samples=60)
        with pytest.raises(ValueError, match=r"^all trials of a sweep must score the same (val|test) images"):
            told(mixed)
