"""What other thresholds would bring on test, against counts by hand."""

from collections.abc import Callable
from dataclasses import replace

import kept_classes
import numpy as np
import pytest

from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import MOST, moved, of_cell, other_thresholds, steps

Make = Callable[..., Dossier]


@pytest.mark.parametrize("prevalence", [0.02, 0.5])
def test_each_step_is_what_counting_images_gives(prevalence: float) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 0], [30, 70])
    scores = rng.beta(2 + 2 * labels, 4, (2, 100))
    found = steps(labels, scores, 0.4, prevalence)
    assert found.thresholds[found.chosen] == 0.4 and len(found.thresholds) <= MOST
    assert (np.diff(found.thresholds) > 0).all() and found.recall[0] == found.false_positive_rate[0] == 1
    for place, threshold in enumerate(found.thresholds):
        called = scores >= threshold
        recall, wrong = called[:, labels == 1].mean(axis=1), called[:, labels == 0].mean(axis=1)
        assert found.recall[place] == pytest.approx(recall.mean())
        assert found.false_positive_rate[place] == pytest.approx(wrong.mean())
        right = prevalence * recall
        each = np.divide(right, right + (1 - prevalence) * wrong, out=np.zeros(2), where=called.any(axis=1))
        expected = each.mean() if called.any() else np.nan
        assert found.precision[place] == pytest.approx(expected, nan_ok=True)
        assert found.silent[place] == (not called.any(axis=1).all())


def test_of_many_images_there_are_200_steps_at_most_and_none_changes_much_more_than_another() -> None:
    labels = np.arange(20_000) % 2
    scores = np.random.default_rng(1).beta(1 + labels, 30, 20_000)
    found = steps(labels, scores[None], 0.5, 0.1)
    assert 190 < len(found.thresholds) <= MOST
    assert np.abs(np.diff(found.recall + found.false_positive_rate)).max() < 0.02


def test_equal_scores_leave_all_or_nothing() -> None:
    found = steps(np.array([1, 0, 0]), np.full((1, 3), 0.3), 0.3, 0.5)
    assert found.recall.tolist() == [1, 1, 0] and np.isnan(found.precision[-1])


@pytest.mark.parametrize("seeds", [[1], [1, 2]])
def test_at_the_chosen_threshold_a_cell_brings_what_the_answer_says(judged: Make, seeds: list[int]) -> None:
    found = judged(seeds=seeds, noise=1.0, cells={"none": 0.0})
    at = other_thresholds(found)
    assert at is not None and found.taken is not None and found.taken.operating is not None
    assert at.thresholds[at.chosen] == found.taken.operating.threshold
    assert at.recall[at.chosen] == pytest.approx(found.best.point["recall"].value)
    assert at.precision[at.chosen] == pytest.approx(found.best.point["precision"].value)


@pytest.mark.parametrize("wish", ["recall @ precision >= 0.7 at prevalence 0.1", "recall @ false_positive_rate <= 0.1"])
def test_the_curve_of_each_cell_goes_through_its_point(judged: Make, wish: str) -> None:
    found = judged(wish, noise=1.0, cells={"none": 0.0, "weights 0.8": 1.0})
    for cell in found.cells:
        along = of_cell(found, cell)
        for metric in ("recall", "precision", "false_positive_rate"):
            assert getattr(along, metric)[along.chosen] == pytest.approx(cell.point[metric].value)
        assert (np.diff(along.recall) <= 0).all() and len({of.value for of in cell.thresholds}) == 2


def test_thresholds_move_together_by_their_odds_and_what_was_called_stays_called() -> None:
    rng = np.random.default_rng(2)
    scores, own = rng.beta(1, 3, (3, 500)), rng.choice([0.1, 0.3, 0.8], (3, 500))
    scores[:, :5], own[0, :5], scores[1, 5:9] = own[:, :5], [0.0, 1e-20, 0.5, 1.0, np.nextafter(1, 2)], [0, 1, 0, 1]
    for chosen in (0.2, 0.5, 0.999):
        at = moved(scores, own, chosen)
        assert ((at >= chosen) == (scores >= own)).all() and (at >= 0).all() and (at <= 1).all()
        odds, before, of_own = (of[2, 9:] / (1 - of[2, 9:]) for of in (at, scores, own))
        assert odds * (1 - chosen) / chosen == pytest.approx(before / of_own, rel=1e-6)
    assert moved(scores, np.full_like(scores, 0.3), 0.3) is scores


def test_a_network_whose_threshold_calls_all_or_nothing_stays_where_it_is() -> None:
    scores = np.array([[1e-20, 0.2, 0.7, 1.0]] * 2)
    at = moved(scores, np.array([[0.0] * 4, [np.nextafter(1, 2)] * 4]), 0.5)
    assert at[0].tolist() == [0.5, 0.5, 0.7, 1.0] and (at[1] == [1e-20, 0.2, *[np.nextafter(0.5, 0)] * 2]).all()
    assert (np.diff(moved(scores, np.full_like(scores, 1e-13), 0.3)) > 0).all()


def test_where_the_highest_score_decides_in_a_seed_no_thresholds_move() -> None:
    found = kept_classes.kept(wish="recall of dog @ precision >= 0.6")
    assert len(found.trials(found.best)) > 1 and other_thresholds(found) is not None
    trial = found.trials(found.best)[1]
    assert trial.operating
    silent = trial.model_copy(update={"operating": trial.operating.model_copy(update={"threshold": -1.0})})
    trials = tuple(silent if of == trial else of for of in found.found.trials)
    assert other_thresholds(replace(found, found=found.found.model_copy(update={"trials": trials}))) is None


def test_of_k_classes_the_thresholds_are_those_of_the_class_that_is_wanted() -> None:
    found = kept_classes.kept(wish="recall of dog @ precision >= 0.6", seeds=[1])
    at = other_thresholds(found)
    assert at is not None
    assert at.recall[at.chosen] == pytest.approx(found.best.metric("class/recall").value)
    assert at.precision[at.chosen] == pytest.approx(found.best.metric("class/precision").value)


def test_where_no_class_has_a_threshold_there_are_no_other_ones() -> None:
    assert other_thresholds(kept_classes.kept()) is None


def test_a_store_that_kept_no_score_of_the_class_shows_none() -> None:
    found = kept_classes.kept(wish="recall of dog @ precision >= 0.6", seeds=[1])
    assert other_thresholds(replace(found, scores=found.scores.drop(columns="own"))) is None
