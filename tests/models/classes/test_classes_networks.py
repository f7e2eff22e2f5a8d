"""Several recipes in a sweep of K classes: handlings beside their own baseline, networks beside each other."""

import pytest
import synthetic_classes as synthetic

from steelyard.models.statistics.significance import holm
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.verdict_sentences import worded

BOTH = {
    "sound · none": -1.5,
    "sound · balanced": -1.5,
    "features · none": 1.0,
    "features · balanced": 1.0,
    "features · upsample": 1.5,
}


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    evidence = synthetic.sweep(BOTH, (1, 2, 3))
    best_first = sorted(evidence.cells, key=lambda cell: -evidence.outcome(cell).operating.rank)  # type: ignore[union-attr]
    return worded(judge(evidence, best_first))


def cell(verdict: Verdict, name: str) -> CellVerdict:
    return next(cell for cell in verdict.cells if cell.cell == name)


def test_each_handling_is_judged_against_the_baseline_of_its_own_recipe(verdict: Verdict) -> None:
    for name in ("sound · balanced", "features · balanced", "features · upsample"):
        found, base = cell(verdict, name), cell(verdict, f"{name.partition(' ')[0]} · none")
        difference = found.point["balanced_accuracy"].value - base.point["balanced_accuracy"].value
        assert found.differences["balanced_accuracy"].value == pytest.approx(difference)
        assert base.shape == "baseline" and not base.differences


def test_networks_are_compared_with_holms_correction_over_handlings_too(verdict: Verdict) -> None:
    [versus] = verdict.versus
    assert (versus.recipe, versus.other, versus.shape) == ("features", "sound", "higher")
    found = [*(each.differences for each in verdict.cells if each.differences), versus.differences]
    accuracies = [of["balanced_accuracy"] for of in found]
    assert [of.p_holm for of in accuracies] == pytest.approx(holm([of.p for of in accuracies]))
    assert len(accuracies) == 4 and accuracies[-1].seeds == 3


def test_heads_that_are_solved_have_no_deviation_and_are_told_without_seeds(verdict: Verdict) -> None:
    head, stream = cell(verdict, "features · balanced"), cell(verdict, "features · upsample")
    assert not head.seeded and all(of.deviation is None and of.seeds == 0 for of in head.point.values())
    assert stream.seeded and all(of.seeds == 3 for of in stream.differences.values())
    assert not [words for words in head.words if "seed" in words]


def test_the_published_order_is_looked_for_within_a_recipe(verdict: Verdict) -> None:
    pairs = {(pair.better, pair.worse) for pair in verdict.published}
    assert pairs == {("sound · none", "sound · balanced"), ("features · none", "features · balanced")}
