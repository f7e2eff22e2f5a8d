"""What a handling did to the curve: moved along it, lifted or lowered it, on trials that are made to do just that."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, roc_auc_score
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

from steelyard.models.calibration.priors import correct
from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective import Objective
from steelyard.models.verdict import differences as curve
from steelyard.models.verdict.differences import pairs
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial

OBJECTIVE = Objective.parse("recall @ precision >= 0.6")
LABELS = np.repeat(np.array([1, 0]), [120, 480])
SIGNAL = np.random.default_rng(0).normal(2.0 * LABELS - 1, 1)
"""What all networks see of the images; each adds noise of its own."""

SEEDS = (1, 2, 3)
BETTER, WORSE, SHIFTED, SAME = ("weights 0.6", 0.6), ("weights 0.7", 0.7), ("weights 0.8", 0.8), ("weights 0.9", 0.9)

Scores = npt.NDArray[np.floating]
Make = Callable[..., ScoredTrial]


def network(seed: int, noise: float = 1.0) -> Scores:
    """Scores of one: the lower the noise, the higher the curve."""
    scores: Scores = expit(SIGNAL - 0.7 + noise * np.random.default_rng(seed).standard_normal(len(LABELS)))
    return scores


def shifted(seed: int) -> Scores:
    """The baseline's scores as another prior would have made them."""
    return correct(network(seed), 0.2, 0.5)


OF_CELL: dict[str, Callable[[int], Scores]] = {
    "none": network,
    BETTER[0]: lambda seed: network(seed, 0.2),
    WORSE[0]: lambda seed: network(seed, 4.0),
    SHIFTED[0]: shifted,
    SAME[0]: network,
}


def sweep(scored_trial: Make, cells: Sequence[str], seeds: Sequence[int] = SEEDS, **more: Any) -> list[ScoredTrial]:
    """Val and test are the same images, which is as good as any where only test is compared."""
    made = [(cell, seed, (LABELS, OF_CELL[cell](seed))) for cell in cells for seed in seeds]
    return [scored_trial(cell, seed, data, data, OBJECTIVE, **more) for cell, seed, data in made]


@pytest.fixture(scope="module")
def everything(scored_trial: Make) -> Evidence:
    return Evidence(sweep(scored_trial, list(OF_CELL)), OBJECTIVE, samples=600)


def test_scores_at_another_prior_move_along_the_curve_which_differs_by_exactly_nothing(everything: Evidence) -> None:
    found = curve.differences(everything)[SHIFTED]
    area = found["roc_auc"]
    assert (area.value, area.deviation, area.p, area.p_holm) == (0, 0, 1, 1)
    assert found["average_precision"].value == 0 and found["argmax/recall"].value > 0.05
    assert curve.shape(found) == "moved along the curve"


@pytest.mark.parametrize(
    ("cell", "shape"),
    [(BETTER, "lifted the curve"), (WORSE, "lowered the curve"), (SAME, "no difference shown")],
)
def test_less_noise_lifts_the_curve_more_lowers_it_and_the_same_scores_show_nothing(
    everything: Evidence, cell: tuple[str, float], shape: str
) -> None:
    assert curve.shape(curve.differences(everything)[cell]) == shape


def test_the_same_scores_differ_by_exactly_nothing_in_every_metric(everything: Evidence) -> None:
    for difference in curve.differences(everything)[SAME].values():
        assert (difference.value, difference.p_holm) == (0, 1)
        assert difference.low == -difference.high < 0, "that nothing was seen does not prove that there is nothing"


def test_a_few_images_do_not_show_what_many_do(scored_trial: Make) -> None:
    few = np.r_[0:12, 120:168]
    made = [(cell, seed, (LABELS[few], OF_CELL[cell](seed)[few])) for cell in ("none", BETTER[0]) for seed in SEEDS]
    trials = [scored_trial(cell, seed, data, data, OBJECTIVE) for cell, seed, data in made]
    found = curve.differences(Evidence(trials, OBJECTIVE, samples=300))[BETTER]
    assert found["roc_auc"].value > 0 and curve.shape(found) == "no difference shown"


def test_differences_are_the_means_of_those_of_scikit_learn_seed_by_seed(everything: Evidence) -> None:
    found = curve.differences(everything)[BETTER]
    ours, bases = ([OF_CELL[cell](seed).astype(np.float32) for seed in SEEDS] for cell in (BETTER[0], "none"))
    for name, metric in (("roc_auc", roc_auc_score), ("average_precision", average_precision_score)):
        direct = [metric(LABELS, one) - metric(LABELS, other) for one, other in zip(ours, bases, strict=True)]
        assert found[name].value == pytest.approx(np.mean(direct), abs=1e-9)
        assert found[name].deviation == pytest.approx(np.std(direct, ddof=1), abs=1e-9)
    called = [[(one[LABELS == 0] >= ARGMAX).mean() for one in rows] for rows in (ours, bases)]
    assert found["argmax/false_positive_rate"].value == pytest.approx(np.mean(called[0]) - np.mean(called[1]))


def test_every_cell_but_the_baseline_is_compared_in_the_metrics_that_the_objective_names(everything: Evidence) -> None:
    found = curve.differences(everything)
    assert set(found) == {BETTER, WORSE, SHIFTED, SAME}
    names = {"roc_auc", "average_precision", "recall", "precision"}
    names |= {"argmax/recall", "argmax/false_positive_rate", "argmax/alarms"}
    assert all(set(differences) == names for differences in found.values())
    assert all(each.low <= each.value <= each.high for differences in found.values() for each in differences.values())


def test_p_values_are_corrected_over_the_cells_within_each_metric_as_statsmodels_does(everything: Evidence) -> None:
    found = curve.differences(everything)
    for name in found[BETTER]:
        alone = [differences[name].p for differences in found.values()]
        expected = multipletests(alone, method="holm")[1]
        assert [differences[name].p_holm for differences in found.values()] == pytest.approx(expected)


def test_a_difference_has_0_outside_its_interval_exactly_where_its_own_p_is_below_5_percent(
    everything: Evidence,
) -> None:
    found = [each for differences in curve.differences(everything).values() for each in differences.values()]
    shown = [each.low > 0 or each.high < 0 for each in found]
    assert shown == [each.p < 0.05 for each in found] and 5 < sum(shown) < len(found)


def test_without_the_baseline_nothing_is_compared(scored_trial: Make) -> None:
    assert curve.differences(Evidence(sweep(scored_trial, [BETTER[0], WORSE[0]]), OBJECTIVE, samples=50)) == {}


def test_seeds_that_only_one_of_both_has_are_left_out_of_the_pairs(scored_trial: Make) -> None:
    trials = (
        sweep(scored_trial, ["none"], (3, 2, 1))
        + sweep(scored_trial, [BETTER[0]], (4, 3, 2))
        + sweep(scored_trial, [WORSE[0]], (7,))
    )
    evidence = Evidence(trials, OBJECTIVE, samples=50)
    found = curve.differences(evidence)
    assert set(found) == {BETTER}, "a cell that shares no seed has no partner"
    direct = [roc_auc_score(LABELS, network(s, 0.2)) - roc_auc_score(LABELS, network(s)) for s in (2, 3)]
    assert found[BETTER]["roc_auc"].seeds == 2
    assert found[BETTER]["roc_auc"].value == pytest.approx(np.mean(direct), abs=1e-6)
    assert [pair.seed for pair in pairs(evidence, BETTER)] == [2, 3]


def test_pairs_count_the_positives_that_only_one_of_both_finds(everything: Evidence) -> None:
    for number, pair in enumerate(pairs(everything, BETTER)):
        places = everything.cells[BETTER][number], everything.cells["none", 0.5][number]
        mine, theirs = (
            everything.test.scores[place][LABELS == 1].astype(float) >= everything.trials[place].operating.threshold
            for place in places
        )
        assert (pair.only_cell, pair.only_baseline) == (np.sum(mine > theirs), np.sum(theirs > mine))
        assert pair.only_cell > pair.only_baseline and pair.p < 1
    assert pairs(everything, ("none", 0.5)) == ()
