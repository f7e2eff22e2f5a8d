"""The curves of a report against scikit-learn, brute force over thresholds, and posteriors that are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from steelyard.models.calibration.priors import correct
from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.objective.rates import Rates
from steelyard.models.report import threshold_curves as curves
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.epoch_means import epoch_means

CONSTRAINTS = (*(text for text in EXAMPLES if "@" in text), "recall @ alarms <= 400 per 1000")
GRID = np.linspace(0, 1, 101)


@st.composite
def images(draw: st.DrawFn, seeds: int = 1) -> tuple[Any, Any]:
    """Labels of both classes, and scores of which some, none or all are equal."""
    size, digits = draw(st.integers(2, 120)), draw(st.sampled_from([0, 1, 2, 12]))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    labels = rng.permutation(np.append([0, 1], rng.integers(0, 2, size - 2)))
    return labels, rng.random((seeds, size)).round(digits)


@given(images(), st.sampled_from([1, 3, 60, 200]))
def test_what_is_kept_lies_on_scikit_learns_curves_and_what_is_not_within_a_step_of_it(
    image: tuple[Any, Any], steps: int
) -> None:
    labels, [scores] = image
    found = curves.curve(labels, scores, steps)
    wrong, recall, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    theirs = np.column_stack([recall, wrong])
    # Theirs begins at a threshold of infinity, ours at the next above any probability.
    assert thresholds[0] == np.inf and 1 < found.thresholds[0] < 1 + 1e-9
    thresholds[0] = found.thresholds[0]
    places = np.searchsorted(-thresholds, -found.thresholds)
    assert thresholds[places].tolist() == found.thresholds.tolist()
    ours = np.column_stack([found.recall, found.false_positive_rate])
    assert ours == pytest.approx(theirs[places], abs=1e-12)
    assert ours[[0, -1]].tolist() == [[0, 0], [1, 1]]
    last_kept = places[np.searchsorted(places, np.arange(len(thresholds)), side="right") - 1]
    assert (np.abs(theirs - theirs[last_kept]) < 1 / steps + 1e-9).all()


@given(images())
def test_precision_of_a_curve_is_scikit_learns(image: tuple[Any, Any]) -> None:
    labels, [scores] = image
    found = curves.curve(labels, scores, 200)
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    places = np.searchsorted(thresholds, found.thresholds[1:])
    at = Rates(found.recall, found.false_positive_rate, float(labels.mean()))
    assert at.precision[1:] == pytest.approx(precision[places])
    assert found.recall[1:] == pytest.approx(recall[places])


def cheapest(labels: Any, scores: Any, wanted: Any) -> list[float]:
    """The lowest false-positive rate at which scikit-learn's ROC curve, drawn from point to point, has each recall."""
    wrong, recall, _ = roc_curve(labels, scores, drop_intermediate=False)
    costs = []
    for each in wanted:
        now = next(place for place, of in enumerate(recall) if of >= each - 1e-12)
        share = (each - recall[now - 1]) / (recall[now] - recall[now - 1]) if now else 1.0
        costs.append(float(wrong[now] - (1 - share) * (wrong[now] - wrong[now - 1])))
    return costs


@given(images(seeds=3))
def test_the_mean_is_that_of_the_rates_at_which_each_seed_first_has_a_recall(image: tuple[Any, Any]) -> None:
    labels, seeds = image
    found = curves.mean([(labels, scores) for scores in seeds])
    by_hand = np.mean([cheapest(labels, scores, found.recall) for scores in seeds], axis=0)
    assert found.false_positive_rate == pytest.approx(by_hand, abs=1e-9)
    assert found.recall.tolist() == curves.RECALLS.tolist()
    positives = np.sort(seeds[:, labels == 1])[:, ::-1]
    last_found = np.ceil(found.recall[1:] * labels.sum() - 1e-9).astype(int) - 1
    assert found.thresholds[1:] == pytest.approx(positives[:, last_found].mean(axis=0))


@given(images(seeds=2))
def test_the_area_under_the_mean_is_the_mean_of_the_areas(image: tuple[Any, Any]) -> None:
    labels, seeds = image
    found = curves.mean([(labels, scores) for scores in seeds], np.linspace(0, 1, 20_001))
    area = 1 - np.trapezoid(found.false_positive_rate, found.recall)
    assert area == pytest.approx(np.mean([roc_auc_score(labels, scores) for scores in seeds]), abs=0.01)


@given(images(seeds=3), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_the_rates_of_a_cell_are_those_counted_at_the_threshold_of_each_seed(
    image: tuple[Any, Any], thresholds: list[float]
) -> None:
    labels, seeds = image
    called = [[score >= at for score in scores] for scores, at in zip(seeds, thresholds, strict=True)]
    counted = [np.mean([np.mean(np.array(of)[labels == label]) for of in called]) for label in (1, 0)]
    at = curves.at_threshold(labels, seeds, thresholds, 0.2)
    assert at[:2] == pytest.approx(counted)
    shares = [[np.mean(np.array(of)[labels == label]) for label in (1, 0)] for of in called]
    precisions = [0.2 * hit / (0.2 * hit + 0.8 * wrong) if hit + wrong else 0.0 for hit, wrong in shares]
    assert at.precision == pytest.approx(np.mean(precisions))


def test_many_trials_are_drawn_more_coarsely_within_bounds() -> None:
    found = [curves.steps(trials) for trials in (0, 1, 60, 100, 200, 1000)]
    assert found == [200, 200, 200, 120, 60, 60]


@pytest.mark.parametrize("prevalence", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("wish", CONSTRAINTS)
def test_the_area_is_where_the_objective_finds_no_violation(wish: str, prevalence: float) -> None:
    objective = Objective.parse(f"{wish} at prevalence {prevalence}")
    most = curves.allowed(objective, prevalence, GRID)
    recall, wrong = np.meshgrid(GRID[1:], GRID, indexing="ij")
    keeps = objective.violations(Rates(recall, wrong, prevalence)) == 0
    bound = most[1:, None]
    near = np.abs(wrong - bound) < 1e-9
    assert (keeps == (wrong <= bound))[~near].all()
    assert (np.isnan(most) | ((most >= 0) & (most <= 1))).all()
    # In the other plane the same, of every precision that a false-positive rate of at most 1 gives.
    low = curves.edge(objective, prevalence, GRID)[1:, None]
    recall, precision = np.meshgrid(GRID[1:], GRID[1:], indexing="ij")
    wrong = prevalence * recall * (1 - precision) / ((1 - prevalence) * precision)
    keeps = objective.violations(Rates(recall, wrong, prevalence)) == 0
    real = (wrong <= 1) & (np.abs(precision - low) > 1e-9)
    assert (keeps == (precision >= low))[real].all()


@pytest.mark.parametrize("wish", ["f1", "cost fn=10 fp=1"])
def test_without_a_constraint_all_of_the_plane_is_allowed(wish: str) -> None:
    assert (curves.allowed(Objective.parse(wish), 0.3, GRID) == 1).all()


@pytest.mark.parametrize(("cell", "prior"), [("weights 0.8", 0.5), ("weights 0.97", 0.89), ("upsample", 0.5)])
def test_a_handling_that_only_moves_the_prior_equals_the_baseline_at_the_threshold_that_undoes_it(
    judged: Callable[..., Dossier], cell: str, prior: float
) -> None:
    found = judged(cells={"none": 0.0, cell: 0.0}, noise=0.0)
    handled = next(of for of in found.verdict.cells if of.cell == cell)
    assert found.baseline is not None and found.equivalent(found.baseline) is None
    at, (recall, wrong, precision) = found.equivalent(handled) or (0, (0, 0, 0))
    assert precision == pytest.approx(handled.argmax["precision"].value)
    assert correct(np.array([at]), 0.2, prior) == pytest.approx(0.5, abs=1e-3)
    assert (recall, wrong) == (handled.argmax["recall"].value, handled.argmax["false_positive_rate"].value)
    assert recall > found.baseline.argmax["recall"].value


def test_no_threshold_equals_what_does_more_than_move_the_prior_or_has_no_baseline(
    judged: Callable[..., Dossier],
) -> None:
    found = judged(cells={"none": 0.0, "focal:gamma=2": 0.0, "weights 1": 0.0})
    assert [found.equivalent(cell) for cell in found.verdict.cells] == [None] * 3
    alone = judged(cells={"weights 0.8": 0.0})
    assert alone.equivalent(alone.best) is None


def test_a_mean_over_trials_that_are_told_at_other_epochs_does_not_jump_where_one_of_them_ends() -> None:
    """A head whose solver needs fewer iterations stays where it was, as the other goes on."""
    low = pd.DataFrame({"epoch": [1, 4, 10], "val/loss": [0.3, 0.2, 0.1]})
    high = pd.DataFrame({"epoch": [1, 4, 16, 20], "val/loss": [0.9, 0.8, 0.8, 0.8]})
    found = epoch_means([low, high], "val/loss")
    assert found.index.tolist() == [1, 4, 10, 16, 20]
    assert found.tolist() == pytest.approx([0.6, 0.5, 0.45, 0.45, 0.45])


def test_a_mean_over_trials_that_are_told_at_the_same_epochs_is_that_of_each_epoch() -> None:
    trials = [pd.DataFrame({"epoch": [1, 2, 3], "val/loss": [*of]}) for of in ((3.0, 2.0, 1.0), (1.0, 1.0, 0.0))]
    assert epoch_means(trials, "val/loss").tolist() == [2.0, 1.5, 0.5]
