"""What the verdict says: every sentence that is due, and no number that is not beside it."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from synthetic import verdict_of

from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import Difference, Estimate, Feasibility
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.phrases import compared, shown
from steelyard.models.words.verdict_note import markdown
from steelyard.models.words.verdict_of_cell import feasible

Make = Callable[..., ScoredTrial]
MOVING = "Moving the threshold of the unweighted model gives"


def part(name: str, cell: str, seed: int) -> tuple[Any, Any]:
    labels = np.repeat(np.array([1, 0]), (60, 240))
    signal = np.random.default_rng(len(name)).normal(1.5 * labels - 1, 1)
    shift = {"weights 0.8": 1.0, "upsample": 0.5}.get(cell, 0.0)
    return labels, expit(signal + shift + 0.3 * np.random.default_rng([seed, len(cell)]).standard_normal(len(labels)))


def reversed_part(name: str, cell: str, seed: int) -> tuple[Any, Any]:
    """A val on which the network is worse than chance."""
    labels, scores = part(name, cell, seed)
    return labels, 1 - scores


def verdict(
    scored_trial: Make,
    text: str,
    cells: dict[str, tuple[int, ...]],
    groups: bool = False,
    val: Callable[[str, str, int], tuple[Any, Any]] = part,
) -> Verdict:
    objective = Objective.parse(text)
    trials = [
        scored_trial(cell, seed, val("val", cell, seed), part("test", cell, seed), objective)
        for cell, seeds in cells.items()
        for seed in seeds
    ]
    ids = trials[0].scores["id"]
    names = pd.Series([f"module {number % 9}" for number in range(len(ids))], index=ids) if groups else None
    evidence = Evidence(trials, objective, samples=60, groups=names)
    return verdict_of(evidence)


@pytest.mark.parametrize("text", ["recall @ precision >= 0.5", "recall @ alarms <= 200 per 1000 at prevalence 0.1"])
def test_numbers_in_words_are_those_beside_them(scored_trial: Make, text: str) -> None:
    found = verdict(scored_trial, text, {"weights 0.8": (1, 2), "none": (1, 2)})
    [moving] = [words for words in found.words if words.startswith(MOVING)]
    told = re.findall(r"recall (\d\.\d+) \[(\d\.\d+), (\d\.\d+)\]", moving)
    cells = {cell.cell: cell.point["recall"] for cell in found.cells}
    for numbers, recall in zip(told, (cells["none"], cells["weights 0.8"]), strict=True):
        assert [float(number) for number in numbers] == pytest.approx(
            [recall.value, recall.low, recall.high], abs=0.006
        )


def test_no_metric_is_told_without_its_interval(scored_trial: Make) -> None:
    found = verdict(scored_trial, "cost fn=10 fp=1 at prevalence 0.02", {"weights 0.8": (1, 2), "none": (1, 2)})
    for words in (*found.words, *(words for cell in found.cells for words in cell.words)):
        for metric in ("recall", "precision", "cost", "false-positive rate"):
            bare = re.findall(rf"\b{metric} [-+]?\d[\d.]*(?! \[)(?![\d.])", words)
            assert not bare, words


def test_groups_are_told_and_widen_what_is_claimed(scored_trial: Make) -> None:
    cells = {"weights 0.8": (1, 2), "none": (1, 2)}
    found = verdict(scored_trial, "f1", cells, groups=True)
    assert found.groups == 9
    assert any("other groups of images: test holds 9, too few" in words for words in found.words)
    assert verdict(scored_trial, "f1", cells).groups is None


@pytest.mark.parametrize(
    ("decided_by", "said"),
    [
        ("images", "about 400 more positives, and as many more negatives to each as now, in test would decide"),
        ("seeds", "more images would not decide, but more seeds would"),
        ("both", "neither more images nor more seeds alone would decide, but both would"),
        ("nothing", "neither more images nor more seeds would decide"),
    ],
)
def test_undecided_says_what_would_decide(scored_trial: Make, decided_by: Any, said: str) -> None:
    text = "recall @ precision >= 0.7"
    at = Estimate(value=0.72, low=0.6, high=0.8, deviation=0.1, seeds=2)
    found = Feasibility(
        status="UNDECIDED", metric="precision", limit=0.7, at=at, out_of_reach_on_val=0, decided_by=decided_by,
        more_positives=391 if decided_by == "images" else None,
    )  # fmt: skip
    of = verdict(scored_trial, text, {"none": (1, 2)})
    assert said in feasible(found, Objective.parse(text), of)
    assert "UNDECIDED: precision 0.72 [0.60, 0.80] on test, of which 20 % are positive; 0.7 lies" in (
        feasible(found, Objective.parse(text), of)
    )


def test_what_no_threshold_meets_on_val_is_never_feasible(scored_trial: Make) -> None:
    cells = {"weights 0.8": (1, 2, 3), "none": (1, 2, 3)}
    found = verdict(scored_trial, "recall @ precision >= 0.7", cells, val=reversed_part)
    for cell in found.cells:
        assert cell.feasibility is not None
        if cell.feasibility.out_of_reach_on_val:
            assert cell.feasibility.status != "FEASIBLE"
            assert "no threshold meets precision >= 0.7 on val, where argmax stands in. Nearest is" in cell.words[0]
    assert any(cell.feasibility and cell.feasibility.out_of_reach_on_val for cell in found.cells)


def test_an_interval_that_holm_overrules_claims_nothing(scored_trial: Make) -> None:
    of = verdict(scored_trial, "f1", {"weights 0.8": (1, 2), "none": (1, 2)})
    numbers = {"value": -0.04, "low": -0.07, "high": -0.001, "deviation": 0.01, "seeds": 3, "p": 0.04}
    numbers["detectable"] = 0.1
    assert shown(Difference(**numbers, p_holm=0.04), compared(of)) == ""
    overruled = shown(Difference(**numbers, p_holm=0.08), compared(of))
    assert overruled.startswith(": no difference shown (the interval alone leaves 0 out")


def test_the_note_stays_within_its_bounds_and_says_what_it_left_out(scored_trial: Make) -> None:
    found = verdict(
        scored_trial, "recall @ precision >= 0.5", {"weights 0.8": (1, 2), "upsample": (1, 2), "none": (1, 2)}
    )
    whole = markdown(found, 8000)
    assert all(f"| {cell.cell} |" in whole for cell in found.cells) and r"\[" in whole
    row = r"\| weights 0\.8 \| 2 \| \d\.\d\d ±\d\.\d\d \\\[\d\.\d\d, \d\.\d\d\\\] \|"
    assert re.search(row, whole)
    short = markdown(found, len(whole) - 1)
    assert len(short) < len(whole) and "* and 1 more, in `verdict.json`" in short
