"""Several recipes in one sweep: names, seeds, and one baseline for all of them."""

from collections.abc import Callable

import pytest
import synthetic
from cpu_trial import cpu_trial

from steelyard.models.comparison.outcome import CellName, Outcome, told_apart
from steelyard.models.handlings.registry import METHODS
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.trial import Recipe, Trial

BOTH = {
    "sound · none": -0.6,
    "sound · weights 0.8": -0.6,
    "sound · upsample": -0.6,
    "features · none": 1.0,
    "features · weights 0.8": 1.0,
    "features · upsample": 1.0,
}
SEEDS = (1, 2, 3)


def trial(recipe: str, handling: str, seed: int = 1) -> Trial:
    return cpu_trial(handling=synthetic.handling(handling), seed=seed, recipe=Recipe(name=recipe))


@pytest.fixture(scope="module")
def found(judged: Callable[..., Dossier]) -> Dossier:
    return judged(cells=BOTH, seeds=SEEDS, noise=0.4)


def test_a_head_is_seeded_only_where_its_handling_draws_at_random() -> None:
    drawn = {name: trial("features", name).seeded for name in ("weights", *METHODS)}
    streamed = ["downsample", "upsample", "balanced_sampling", "deferred", "mixup"]
    assert [name for name, seeded in drawn.items() if seeded] == streamed
    assert all(trial("sound", name).seeded for name in drawn)
    assert not Outcome.of(trial("features", "none"), "id", run_id="", status="FAILED").seeded


@pytest.mark.parametrize("recipes", [("sound",), ("features", "sound")])
def test_cells_are_named_by_recipe_only_where_a_sweep_has_several(recipes: tuple[str, ...]) -> None:
    outcomes = [Outcome.of(trial(recipe, "none"), recipe, run_id="", status="FAILED") for recipe in recipes]
    names = [outcome.cell for outcome in told_apart(outcomes)]
    assert names == (["none"] if len(recipes) == 1 else ["features · none", "sound · none"])
    assert all(outcome.is_baseline for outcome in told_apart(outcomes))


def test_a_name_knows_its_handling_and_whether_it_is_a_baseline() -> None:
    told = CellName(cell="features · none", weight_positive=0.5, recipe="features")
    kept_before = CellName(cell="none", weight_positive=0.5)
    other = CellName(cell="sound · weights 0.8", weight_positive=0.8, recipe="sound")
    assert told.label == "none" and told.is_baseline and kept_before.is_baseline
    assert other.label == "weights 0.8" and not other.is_baseline


def test_all_cells_are_compared_with_the_baseline_that_ranks_first(found: Dossier) -> None:
    verdict = found.verdict
    assert verdict.several and verdict.baseline and verdict.baseline.cell == "features · none"
    assert [each.shape for each in verdict.cells].count("baseline") == 1
    assert {each.cell for each in verdict.cells} == set(BOTH)
    others = [each for each in verdict.cells if each.shape != "baseline"]
    assert all({"recall", "roc_auc"} <= set(each.differences) for each in others)
    assert {each.shape for each in others if each.recipe == "sound"} == {"worse"}
    assert verdict.cells[0].recipe == "features"
