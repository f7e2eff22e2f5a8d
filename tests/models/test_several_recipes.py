"""Several recipes in one sweep: handlings beside their own baseline, networks beside each other, solved heads."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import synthetic
from cpu_trial import cpu_trial

from steelyard.models.changes.metric_changes import differences
from steelyard.models.changes.pairing import Pairing
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import CellName, Outcome, told_apart
from steelyard.models.handlings.registry import METHODS
from steelyard.models.metrics.areas import AREAS
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.trial import Recipe, Trial
from steelyard.models.statistics.significance import holm
from steelyard.models.statistics.spread import Spread
from steelyard.models.verdict import differences as curve
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.estimates import one_class_basis, spreads_of
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import changes_sentences
from steelyard.models.words.report_captions import kept

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


def cell(verdict: Verdict, name: str) -> CellVerdict:
    return next(cell for cell in verdict.cells if cell.cell == name)


def evidence(dossier: Dossier, names: Sequence[str] = tuple(BOTH)) -> Evidence:
    """Trials and outcomes of the dossier's cells, with the scores that they kept."""
    of_trial = dict(iter(dossier.scores.groupby("trial_id", sort=False)))
    trials = [
        ScoredTrial(trial(one.recipe, one.handling, one.seed), one, of_trial[one.trial_id].drop(columns="cell"), 0.2)
        for one in dossier.finished
        if one.cell in names
    ]
    return Evidence(trials, dossier.objective, samples=60)


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


def test_what_earlier_versions_kept_still_loads(judged: Callable[..., Dossier]) -> None:
    """Neither recipes of cells nor networks were in it."""
    before = judged().found
    kept = before.model_dump(exclude={"trials": {"__all__": {"seeded"}}, "verdict": {"networks", "versus"}})
    for each in kept["verdict"]["cells"]:
        del each["recipe"], each["seeded"]
    again = Comparison.model_validate(kept)
    assert again.verdict and [each.is_baseline for each in again.verdict.cells].count(True) == 1
    assert all(each.seeded for each in (*again.verdict.cells, *again.trials))


@pytest.mark.parametrize("recipe", ["sound", "features"])
def test_a_handling_is_judged_against_the_baseline_of_its_own_recipe(found: Dossier, recipe: str) -> None:
    names = [name for name in BOTH if name.startswith(recipe)]
    alone = curve.differences(evidence(found, names))
    for (name, weight), own in alone.items():
        both = next(each for each in found.verdict.cells if (each.cell, each.weight_positive) == (name, weight))
        assert both.differences["roc_auc"].value == pytest.approx(own["roc_auc"].value)
        assert both.differences["roc_auc"].low == pytest.approx(own["roc_auc"].low), "no other recipe's seeds"
        assert both.differences["roc_auc"].p_holm >= own["roc_auc"].p_holm, "more comparisons"
    assert [each.shape for each in found.verdict.cells].count("baseline") == 2


def test_holms_correction_is_over_the_handlings_of_all_recipes_and_the_networks(found: Dossier) -> None:
    for metric in (*AREAS, "argmax/recall"):
        all_of_it = [
            each.differences[metric] for each in (*found.verdict.cells, *found.verdict.versus) if each.differences
        ]
        assert len(all_of_it) == 5
        assert [each.p_holm for each in all_of_it] == pytest.approx(holm([each.p for each in all_of_it]))


def test_networks_are_compared_on_equal_images_the_better_on_val_first(found: Dossier) -> None:
    [versus] = found.verdict.versus
    assert (versus.recipe, versus.other, versus.shape) == ("features", "sound", "lifted the curve")
    ours, theirs = (cell(found.verdict, f"{recipe} · none") for recipe in ("features", "sound"))
    for metric, of in (
        ("roc_auc", "areas"),
        ("average_precision", "areas"),
        ("recall", "point"),
        ("precision", "point"),
    ):
        difference = getattr(ours, of)[metric].value - getattr(theirs, of)[metric].value
        assert versus.differences[metric].value == pytest.approx(difference)
        assert versus.differences[metric].low < difference < versus.differences[metric].high
    for metric in ("argmax/recall", "argmax/precision"):
        name = metric.rpartition("/")[2]
        assert versus.differences[metric].value == pytest.approx(ours.argmax[name].value - theirs.argmax[name].value)
    assert versus.differences["roc_auc"].seeds == len(SEEDS), "the one head beside each seed of the other"


def test_what_a_trial_of_each_costs_is_kept_and_told(found: Dossier) -> None:
    costs = [(each.recipe, each.trials, each.seconds, each.once) for each in found.verdict.networks]
    assert costs == [("features", 5, 0.4, 0.0), ("sound", 9, 12.0, 0.0)]
    [told] = [words for words in found.verdict.words if words.startswith("A trial takes")]
    assert "0.40 s with features (median of 5 trials), 12 s with sound (median of 9 trials)" in told


def test_every_seed_is_paired_with_the_one_trial_that_stands_for_all(found: Dossier) -> None:
    given = evidence(found)
    seeds = {name: [given.trials[at].outcome.seed for at in columns] for (name, _), columns in given.cells.items()}
    assert seeds["features · none"] == [1] and seeds["features · upsample"] == [1, 2, 3]
    columns = {name: at for (name, _), at in given.cells.items()}
    one, several = columns["features · none"], columns["features · upsample"]
    pairs: Any = given.of_shared_seeds(several, one), given.of_shared_seeds(one, several)
    assert [list(of) for of in pairs[0]] == [list(several), [one[0]] * 3]
    assert [list(of) for of in pairs[1]] == [[one[0]] * 3, list(several)]
    fixed: Any = given.of_shared_seeds(columns["features · weights 0.8"], one)
    assert [len(of) for of in fixed] == [1, 1]
    assert given.of_shared_seeds(columns["sound · none"][:1], columns["sound · upsample"][1:]) is None
    assert [pair.seed for pair in cell(found.verdict, "features · upsample").pairs] == [1, 2, 3]


def test_where_seeds_change_nothing_there_is_no_deviation_and_no_variance_between_them(found: Dossier) -> None:
    head, network = (cell(found.verdict, f"{recipe} · weights 0.8") for recipe in ("features", "sound"))
    assert not head.seeded and network.seeded
    for of in (*head.point.values(), *head.areas.values(), *head.argmax.values(), *head.differences.values()):
        assert of.deviation is None and of.seeds == 0
    assert all(of.seeds == 3 and of.deviation is not None for of in network.point.values())


def test_what_is_said_of_a_solved_head_names_no_seeds(judged: Callable[..., Dossier]) -> None:
    heads = judged(
        "recall @ precision >= 0.95",
        cells={name: 0.3 for name in BOTH if name in ("features · none", "features · weights 0.8")},
    )
    words = [*heads.verdict.words, *(said for each in heads.verdict.cells for said in each.words), kept(heads)]
    assert words and not [said for said in words if "seed" in said]


@pytest.mark.parametrize("wish", EXAMPLES)
def test_every_difference_is_finite_whatever_is_wanted(judged: Callable[..., Dossier], wish: str) -> None:
    several = judged(wish, cells=BOTH, seeds=(1, 2))
    for of in several.verdict.versus[0].differences.values():
        assert np.isfinite([of.value, of.low, of.high, of.p, of.p_holm, of.detectable]).all()
        assert of.low <= of.value <= of.high


def test_the_seeds_of_one_recipe_say_nothing_of_those_of_another(judged: Callable[..., Dossier]) -> None:
    """A network that hardly varies is not made unsure by one beside it that does."""

    def scores(part: str, name: str, seed: int) -> synthetic.Scored:
        return synthetic.scored(part, name, seed, BOTH[name], 3.0 if name.startswith("sound") else 0.05)

    both = judged(cells=BOTH, seeds=SEEDS, scores=scores)
    found = [
        areas(evidence(both, names)) for names in ([*BOTH], [name for name in BOTH if name.startswith("features")])
    ]
    quiet = [of["features · upsample"].between for of in found]
    assert quiet[0] == pytest.approx(quiet[1]) and quiet[0] < found[0]["sound · upsample"].between / 10
    assert found[0]["features · none"].between == found[0]["features · weights 0.8"].between == 0


def areas(given: Evidence) -> dict[str, Spread]:
    spreads = spreads_of(given, given.sampled["roc_auc"], one_class_basis(given))
    return {name: spread for (name, _), spread in spreads.items()}


def test_two_sweeps_of_solved_heads_are_compared_without_seeds_and_with_networks_seed_by_seed(
    judged: Callable[..., Dossier], found: Dossier
) -> None:
    names = ("features · none", "features · weights 0.8")
    before, now = (judged(cells=dict.fromkeys(names, lift), seeds=(1, 2)) for lift in (0.0, 0.6))
    [change] = differences(Pairing(before, now), [(before.cells[0], now.cells[0])], ["roc_auc"])
    assert change["roc_auc"].paired and change["roc_auc"].seeds == 0 and change["roc_auc"].of_seeds
    assert not [words for words in changes_sentences.worded(Pairing(before, now)).answer if "seed" in words]
    network, head = (cell(found.verdict, f"{recipe} · none") for recipe in ("sound", "features"))
    [beside] = differences(Pairing(found, found), [(network, head)], ["roc_auc"])
    assert beside["roc_auc"].paired and beside["roc_auc"].seeds == len(SEEDS)
