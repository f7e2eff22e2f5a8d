"""What changed between two sweeps over K classes, against scikit-learn and the verdict's own paired differences."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import kept_classes
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, fbeta_score, recall_score

from steelyard.models.changes.metric_changes import differences
from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changes
from steelyard.models.report.dossier import Dossier
from steelyard.models.words import changes_note
from steelyard.models.words.changes_sentences import worded

METRIC = "balanced_accuracy"
DOG = 3
WISHES = {
    "recall of dog @ alarms <= 400 per 1000": lambda labels, called: recall_score(labels == DOG, called == DOG),
    "fbeta of dog 2": lambda labels, called: fbeta_score(labels == DOG, called == DOG, beta=2),
}


@pytest.fixture(scope="module")
def sweep() -> Dossier:
    return kept_classes.kept()


def worse(sweep: Dossier, share: float) -> Dossier:
    """The same sweep, whose trials call so many images the next class."""
    rng, decisions = np.random.default_rng(0), sweep.scores.copy()
    wrong = rng.random(len(decisions)) < share
    decisions.loc[wrong, "called"] = (decisions.loc[wrong, "called"] + 1) % len(sweep.verdict.classes)
    decisions.loc[wrong, "score"] /= 2
    trials = tuple(trial.model_copy(update={"trial_id": f"{trial.trial_id}-now"}) for trial in sweep.found.trials)
    decisions["trial_id"] = decisions["trial_id"] + "-now"
    return replace(sweep, scores=decisions, found=sweep.found.model_copy(update={"trials": trials}))


def grouped(sweep: Dossier, groups: int) -> Dossier:
    """The same images, as if of so many patients."""
    patients = [f"patient {number % groups}" for number in range(len(sweep.images))]
    return replace(sweep, images=sweep.images.assign(group=patients))


def changes(earlier: Dossier, later: Dossier) -> Changes:
    return worded(Pairing(earlier, later))


def by_hand(before: Dossier, now: Dossier, cell: str, score: Callable[[Any, Any], float]) -> "np.floating[Any]":
    judged = next(of for of in before.cells if of.cell == cell)

    def of_each(sweep: Dossier) -> list[float]:
        rows = [sweep.scores[sweep.scores["trial_id"] == trial.trial_id] for trial in sweep.trials(judged)]
        return [score(of_trial["label"], of_trial["called"]) for of_trial in rows]

    return np.mean(np.subtract(of_each(now), of_each(before)))


def test_the_same_sweep_twice_has_changed_in_nothing(sweep: Dossier) -> None:
    found = changes(sweep, sweep)
    assert found.answer[0].endswith("before and now, on test: they are the same networks.")
    assert found.answer[1] == "Nothing changed: the same images in the same parts, the same spec and the same versions."
    assert (found.data, found.spec, found.versions) == (("the same images in the same parts",), (), ())
    assert all(cell.changes[METRIC].same for cell in found.cells)


def test_the_change_of_a_cell_is_that_of_its_seeds_on_the_same_images(sweep: Dossier) -> None:
    now = worse(sweep, 0.3)
    found = changes(sweep, now)
    for cell in found.cells:
        change = cell.changes[METRIC]
        assert change.value == pytest.approx(by_hand(sweep, now, cell.cell, balanced_accuracy_score))
        assert (change.paired, change.seeds) == (True, 2)
        assert change.high < 0 and change.shown
    assert "on the same images and seeds: a difference is shown, more than images and seeds explain." in found.answer[0]


@pytest.mark.parametrize("wish", WISHES)
def test_an_objective_about_one_class_is_compared_in_its_own_metric_too(wish: str) -> None:
    before = kept_classes.kept(wish=wish)
    now, own = worse(before, 0.1), f"class/{before.objective.metric}"
    found = changes(before, now)
    for cell in found.cells:
        assert set(cell.changes) == {own, METRIC}
        assert cell.changes[own].value == pytest.approx(by_hand(before, now, cell.cell, WISHES[wish]))
    assert " of dog -" in found.answer[0] and "; balanced accuracy -" in found.answer[0]
    assert changes(before, before).answer[0].endswith("they are the same networks at the same thresholds.")
    other = changes(kept_classes.kept(), now)
    assert "so only balanced accuracy is compared" in other.answer[0]
    assert all(set(cell.changes) == {METRIC} for cell in other.cells)


def test_the_average_precision_of_a_class_is_not_compared_as_its_scores_are_not_kept() -> None:
    before = kept_classes.kept(wish="average_precision of dog")
    found = changes(before, worse(before, 0.1))
    assert all(set(cell.changes) == {METRIC} for cell in found.cells)
    assert "average precision of dog 0." in found.answer[0] and ": balanced accuracy -" in found.answer[0]


@pytest.mark.parametrize(("wish", "metric"), [(METRIC, METRIC), ("recall of dog @ precision >= 0.5", "class/recall")])
def test_cells_of_one_night_taken_as_two_differ_as_the_verdict_says(wish: str, metric: str) -> None:
    night = kept_classes.kept({"none": 0.0, "deferred": 1.5}, seeds=(1, 2, 3), wish=wish)
    baseline, handled = (
        next(cell for cell in night.cells if cell.label.startswith(name)) for name in ("none", "deferred")
    )
    [found] = differences(Pairing(night, night), [(baseline, handled)], [metric])
    change, theirs = found[metric], handled.differences[metric]
    assert (change.value, change.deviation, change.seeds) == pytest.approx((theirs.value, theirs.deviation, 3))
    # The verdict draws 60 samples, of which half an interval's width is off by about 9 %.
    assert change.high - change.low == pytest.approx(theirs.high - theirs.low, rel=0.25)
    assert change.paired and change.of_seeds


def test_other_images_of_test_are_compared_as_if_independent(sweep: Dossier) -> None:
    images = sweep.images.copy()
    images.loc[images["part"] == "test", "digest"] += "-now"
    now = replace(worse(sweep, 0.0), images=images)
    found = changes(sweep, now)
    assert not Pairing(sweep, now).same_test
    assert all(not cell.changes[METRIC].paired for cell in found.cells)
    assert "independent, since test is not the same: no difference shown" in found.answer[0]
    assert any(line.startswith("test: 0 images came, 0 went") for line in found.data)


def test_groups_are_drawn_whole_for_both_and_other_groups_taken_as_independent(sweep: Dossier) -> None:
    now = worse(sweep, 0.1)
    alone, whole = changes(sweep, now), changes(grouped(sweep, 20), grouped(now, 20))
    for one, other in zip(alone.cells, whole.cells, strict=True):
        first, second = one.changes[METRIC], other.changes[METRIC]
        assert second.paired and second.value == pytest.approx(first.value) and second.low != first.low
    apart = changes(grouped(sweep, 20), grouped(now, 21))
    assert "since images of test come in other groups" in apart.answer[0]
    assert not any(cell.changes[METRIC].paired for cell in apart.cells)


def test_more_seeds_leave_the_networks_that_both_have_as_they_are(sweep: Dossier) -> None:
    found = changes(sweep, kept_classes.kept(seeds=(1, 2, 3)))
    assert "the 2 networks that both have are the same; other seeds make the rest" in found.answer[0]
    assert all(cell.changes[METRIC].same and cell.changes[METRIC].seeds == 2 for cell in found.cells)


def test_other_classes_are_not_compared(sweep: Dossier) -> None:
    other = kept_classes.kept(names=tuple(f"{name}!" for name in sweep.verdict.classes))
    found = changes(sweep, other)
    assert "about different things" in found.answer[0]
    assert all(not cell.changes for cell in found.cells)


def test_the_order_of_the_decisions_is_no_change(sweep: Dossier) -> None:
    shuffled = sweep.scores.sample(frac=1, random_state=0)
    assert changes(sweep, replace(sweep, scores=pd.DataFrame(shuffled))) == changes(sweep, sweep)


def test_a_changed_spec_is_told_and_all_of_it_fits_a_note(sweep: Dossier) -> None:
    found = changes(sweep, kept_classes.kept(handling="focal", weights="power:0:1:3"))
    assert [change.name for change in found.spec] == ["weights", "handling"]
    note = changes_note.markdown(found, "the run before", 3000)
    assert note.startswith("**Since the run before**, the run before: Recommended for")
    assert {row["what"] for row in changes_note.rows(found, sweep, sweep)} >= {"recommended", "images of test"}
