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
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Verdict

CELLS = ["weights 0.8", "none", "upsample"]
SIZES = {"val": (40, 160), "test": (50, 170)}

Make = Callable[..., ScoredTrial]
Scores = Callable[..., tuple[Any, Any]]


def part(name: str, cell: str, seed: int) -> tuple[Any, Any]:
    labels = np.repeat(np.array([1, 0]), SIZES[name])
    signal = np.random.default_rng(len(name)).normal(3 * labels - 1, 1)
    shift = 1.0 if cell.startswith("weights") else 0.0
    return labels, expit(signal + shift + 0.5 * np.random.default_rng([seed, len(cell)]).standard_normal(len(labels)))


def flat(name: str, cell: str, seed: int) -> tuple[Any, Any]:
    """A network that collapsed: it gives all images the same score."""
    labels, scores = part(name, cell, seed)
    return labels, np.full_like(scores, 0.3 if cell == "none" else 0.7)


def sweep(scored_trial: Make, text: str, scores: Scores = part, learned: float = 0.2) -> Evidence:
    objective = Objective.parse(text)
    trials = [
        scored_trial(cell, seed, scores("val", cell, seed), scores("test", cell, seed), objective, learned=learned)
        for cell in CELLS
        for seed in (0, 1)
    ]
    return Evidence(trials, objective)


def told(evidence: Evidence) -> Verdict:
    ids = evidence.test.ids
    table = pd.DataFrame({"half": np.where(np.arange(len(ids)) % 2, "odd", "even")}, index=ids)
    return judge(replace(evidence, slices=table), chosen(evidence))


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


@pytest.mark.parametrize("scores", [part, flat], ids=["usual", "collapsed"])
@pytest.mark.parametrize("text", [*EXAMPLES, *(f"{text} at prevalence 0.02" for text in EXAMPLES)])
def test_a_verdict_reads_back_as_written_all_finite_and_with_every_interval_around_its_value(
    scored_trial: Make, text: str, scores: Scores
) -> None:
    verdict = told(sweep(scored_trial, text, scores))
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    found = list(numbers(verdict))
    assert len(found) > 200 and all(math.isfinite(number) for number in found)
    assert verdict.objective == str(Objective.parse(text))
    assert {cell.cell for cell in verdict.cells} == set(CELLS)
    for cell in verdict.cells:
        estimates = [*cell.point.values(), *cell.argmax.values(), *cell.areas.values(), *cell.differences.values()]
        assert all(each.low <= each.value <= each.high and each.low < each.high for each in estimates)
        shares = [cell.point[name] for name in ("recall", "false_positive_rate", "precision", "alarms", "accuracy")]
        assert all(each.low >= 0 and each.high <= 1 for each in [*shares, *cell.argmax.values()])
        assert (cell.feasibility is None) == ("@" not in text)
        assert cell.shape == ("baseline" if cell.cell == "none" else "same curve") or scores is part


def test_val_chooses_and_certifies_and_test_reports(scored_trial: Make) -> None:
    evidence = sweep(scored_trial, "recall @ precision >= 0.5")
    verdict = told(evidence)
    assert verdict.apart and (verdict.positives, verdict.negatives) == (50, 170)
    for cell in verdict.cells:
        points = [one.operating for one in evidence.trials if one.outcome.cell == cell.cell]
        thresholds = [(seed, point.threshold) for seed, point in enumerate(points)]
        assert [(each.seed, each.value) for each in cell.thresholds] == thresholds
        best = max(points, key=lambda point: point.rank)
        for name in ("recall", "precision"):
            assert cell.point[name].value == pytest.approx(best.test[name], abs=0.03), "but for optimism"
        assert cell.feasibility and cell.feasibility.status == "FEASIBLE" and best.feasible


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
        mixed = Evidence([odd, ScoredTrial(odd.trial, odd.outcome, other, 0.2)], evidence.objective)
        with pytest.raises(ValueError, match=r"^all trials of a sweep must score the same (val|test) images"):
            told(mixed)
