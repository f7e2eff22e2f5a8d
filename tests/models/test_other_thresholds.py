"""What other thresholds would bring, against counts by hand, and the ROC curve against scikit-learn's."""

from collections.abc import Callable
from dataclasses import replace

import kept_classes
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import GRID, MOST, RocCurve, Steps, other_thresholds, roc_curve

Make = Callable[..., Dossier]


@pytest.mark.parametrize("prevalence", [0.02, 0.5])
def test_each_step_is_what_counting_images_gives(prevalence: float) -> None:
    labels = np.repeat([1, 0], [30, 70])
    scores = np.random.default_rng(0).beta(2 + 2 * labels, 4)
    found = Steps.of(labels, scores, 0.4, prevalence)
    assert found.thresholds[found.chosen] == 0.4 and len(found.thresholds) <= MOST
    assert (np.diff(found.thresholds) > 0).all() and found.at.recall[0] == found.at.false_positive_rate[0] == 1
    for place, threshold in enumerate(found.thresholds):
        called = scores >= threshold
        recall, wrong = called[labels == 1].mean(), called[labels == 0].mean()
        assert found.at.recall[place] == pytest.approx(recall)
        assert found.at.false_positive_rate[place] == pytest.approx(wrong)
        right, alarms = prevalence * recall, prevalence * recall + (1 - prevalence) * wrong
        assert found.at.precision[place] == pytest.approx(right / alarms if alarms else 0)


def test_of_many_images_there_are_200_steps_at_most_and_none_changes_much_more_than_another() -> None:
    labels = np.arange(20_000) % 2
    found = Steps.of(labels, np.random.default_rng(1).beta(1 + labels, 30, 20_000), 0.5, 0.1)
    assert 190 < len(found.thresholds) <= MOST
    assert np.abs(np.diff(found.at.recall + found.at.false_positive_rate)).max() < 0.02


def test_the_area_below_a_curve_is_that_of_scikit_learn_and_its_band_holds_the_curve() -> None:
    labels = np.arange(600) % 3 // 2
    scores = np.random.default_rng(2).normal(labels, 1)
    scores = np.round(1 / (1 + np.exp(-scores)), 2)
    found = RocCurve.of(labels, scores, None)
    assert np.trapezoid(found.recall, found.false_positive_rate) == pytest.approx(roc_auc_score(labels, scores))
    along = np.interp(GRID, found.false_positive_rate, found.recall)
    assert (found.low <= along + 0.01).all() and (along <= found.high + 0.01).all()
    assert 0.02 < np.mean(found.high - found.low) < 0.2


def test_images_of_a_group_that_are_alike_widen_the_band() -> None:
    labels = np.arange(60) % 2
    scores = 1 / (1 + np.exp(-np.random.default_rng(3).normal(labels, 1)))
    alike = [np.repeat(of, 5) for of in (labels, scores, np.arange(60))]
    alone, grouped = RocCurve.of(*alike[:2], None), RocCurve.of(*alike)
    assert np.mean(grouped.high - grouped.low) > 1.5 * np.mean(alone.high - alone.low)


@pytest.mark.parametrize("wish", ["recall @ precision >= 0.6", "recall of dog @ precision >= 0.6"])
def test_the_chosen_step_is_the_threshold_of_the_network_to_use(judged: Make, wish: str) -> None:
    found = kept_classes.kept(wish=wish) if " of " in wish else judged(wish)
    at, taken = other_thresholds(found), found.taken
    assert at is not None and taken is not None and taken.operating is not None
    assert at.thresholds[at.chosen] == taken.operating.threshold
    curve, recall, wrong = roc_curve(found), at.at.recall[at.chosen], at.at.false_positive_rate[at.chosen]
    assert np.hypot(curve.recall - recall, curve.false_positive_rate - wrong).min() == pytest.approx(0)


def test_where_no_class_has_a_threshold_or_its_scores_are_not_kept_there_are_no_other_ones() -> None:
    assert other_thresholds(kept_classes.kept()) is None
    found = kept_classes.kept(wish="recall of dog @ precision >= 0.6", seeds=[1])
    assert other_thresholds(replace(found, scores=found.scores.drop(columns="own"))) is None
