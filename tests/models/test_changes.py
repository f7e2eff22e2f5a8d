"""What changed between two sweeps, against the verdict's own paired differences, scikit-learn and counts by hand."""

import math
from collections.abc import Callable
from dataclasses import replace

import kept_classes
import numpy as np
import pytest
from changed import NOTHING, WANTED, changes, dossier, words
from sklearn.metrics import balanced_accuracy_score

from steelyard.models.changes.metric_changes import differences
from steelyard.models.changes.pairing import BALANCED, Pairing
from steelyard.models.changes.what_changed import Changed, Changes
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.scored_trials import ScoredTrial

Make = Callable[..., ScoredTrial]
MOVED = {"none": 0.2, "weights 0.8": 0.2}


def elsewhere(sweep: Dossier) -> Dossier:
    """The same sweep on images of other names and pixels."""
    images, scores = sweep.images, sweep.scores
    others = images.assign(id="other/" + images["id"], digest="other " + images["digest"])
    return replace(sweep, images=others, scores=scores.assign(id="other/" + scores["id"]))


def worse(sweep: Dossier, share: float) -> Dossier:
    """The same sweep, whose trials call so many images the next class."""
    rng, decisions = np.random.default_rng(0), sweep.scores.copy()
    wrong = rng.random(len(decisions)) < share
    decisions.loc[wrong, "called"] = (decisions.loc[wrong, "called"] + 1) % len(sweep.verdict.classes)
    return replace(sweep, scores=decisions)


def test_cells_of_one_night_taken_as_two_differ_as_the_verdict_says(scored_trial: Make) -> None:
    # The handling of one sweep, called the baseline of another: its change is the difference that the verdict gives.
    night = dossier(scored_trial, lifts={"weights 0.8": 0.6})
    baseline, handled = (
        next(cell for cell in night.verdict.cells if cell.cell == name) for name in ("none", "weights 0.8")
    )
    [found] = differences(Pairing(night, night), [(baseline, handled)])
    for name in ("roc_auc", "recall"):
        change, theirs = found[name], handled.differences[name]
        assert change.value == pytest.approx(handled.metric(name).value - baseline.metric(name).value)
        # Two sets of 400 samples, of which half a width is known to 4 %; here val is drawn with test.
        assert change.high - change.low == pytest.approx(theirs.high - theirs.low, rel=0.2)
        assert change.paired


def test_the_same_images_drawn_alike_say_more_than_other_images(scored_trial: Make) -> None:
    before, now = dossier(scored_trial), dossier(scored_trial, lifts=MOVED)
    for paired, apart in zip(changes(before, now).cells, changes(before, elsewhere(now)).cells, strict=True):
        one, other = paired.changes["roc_auc"], apart.changes["roc_auc"]
        assert (one.paired, other.paired) == (True, False) and one.value == pytest.approx(other.value)
        assert one.high - one.low < 0.7 * (other.high - other.low)


def test_other_images_are_as_if_independent(scored_trial: Make) -> None:
    before, now = dossier(scored_trial), elsewhere(dossier(scored_trial, lifts=MOVED))
    [found] = differences(Pairing(before, now), [(before.best, now.best)])
    widths = [of.areas["roc_auc"].high - of.areas["roc_auc"].low for of in (before.best, now.best)]
    assert found["roc_auc"].high - found["roc_auc"].low == pytest.approx(math.hypot(*widths), rel=0.15)


def test_the_more_images_are_in_both_the_surer_a_change_is(scored_trial: Make) -> None:
    before, now = dossier(scored_trial), dossier(scored_trial, lifts=MOVED)
    rng, widths = np.random.default_rng(0), []
    for share in (0.0, 0.5, 1.0):
        ids = before.images["id"][rng.random(len(before.images)) >= share]
        names = {name: f"other/{name}" for name in ids}
        later = replace(
            now,
            images=now.images.assign(id=now.images["id"].replace(names)),
            scores=now.scores.assign(id=now.scores["id"].replace(names)),
        )
        [found] = differences(Pairing(before, later), [(before.best, now.best)])
        widths.append(found["roc_auc"].high - found["roc_auc"].low)
    assert widths[0] > widths[1] > widths[2]


@pytest.mark.parametrize(("wish", "groups"), [*((wish, False) for wish in EXAMPLES), (WANTED, True)])
def test_the_same_sweep_twice_gives_exact_zeros_and_nothing_changed(
    scored_trial: Make, wish: str, groups: bool
) -> None:
    found = changes(*(dossier(scored_trial, wish, groups=groups, seeds=(1,)) for _ in range(2)))
    assert found.answer[1] == NOTHING and found.data == ("the same images in the same parts",)
    assert (found.spec, found.versions) == ((), ())
    assert [(cell.earlier, cell.later) for cell in found.cells] == [(1, 1), (2, 2)]
    for cell in found.cells:
        assert {"recall", "precision", "roc_auc"} <= set(cell.changes)
        assert all((each.value, each.same, each.paired) == (0, True, True) for each in cell.changes.values())
    assert Changes.model_validate_json(found.model_dump_json()) == found


def test_a_difference_is_only_called_shown_where_the_interval_leaves_0_out(scored_trial: Make) -> None:
    cells, told = ("none",), set()
    for lift in (0.02, 1.0, -1.0):
        found = changes(dossier(scored_trial, "f1", cells), dossier(scored_trial, "f1", cells, lifts={"none": lift}))
        change = found.cells[0].changes["f1"]
        assert change.shown == (change.low > 0 or change.high < 0)
        told.add(change.shown)
    assert told == {True, False}


def test_images_of_a_group_are_drawn_whole(scored_trial: Make) -> None:
    pairs = [
        Pairing(dossier(scored_trial, groups=groups), dossier(scored_trial, groups=groups, lifts=MOVED))
        for groups in (False, True)
    ]
    alone, whole = (differences(of, [(of.earlier.best, of.later.best)])[0]["roc_auc"] for of in pairs)
    assert whole.value == pytest.approx(alone.value) and whole.low != pytest.approx(alone.low, abs=1e-4)


def test_another_best_cell_is_compared_with_the_one_before(scored_trial: Make) -> None:
    before = dossier(scored_trial, lifts={"none": 0.5})
    now = dossier(
        scored_trial, lifts={"none": 0.5, "weights 0.8": 3.0, "focal": 0.2}, cells=("none", "weights 0.8", "focal")
    )
    found = changes(before, now)
    assert (before.best.cell, now.best.cell) == ("none", "weights 0.8")
    [change] = differences(Pairing(before, now), [(before.best, now.best)])
    assert found.best == change
    assert [cell.cell for cell in found.cells] == ["weights 0.8", "none", "focal"]
    assert found.cells[2].earlier is None and found.cells[2].changes == {}
    of_now = [cell.cell for cell in now.verdict.cells]
    assert all(cell.later == of_now.index(cell.cell) + 1 for cell in found.cells)
    assert [cell.earlier for cell in found.cells if cell.earlier] == [2, 1]
    assert "nan" not in words(found)


def test_precision_for_another_share_of_positives_is_not_compared(scored_trial: Make) -> None:
    found = changes(dossier(scored_trial, "f1"), dossier(scored_trial, "recall @ precision >= 0.5 at prevalence 0.02"))
    assert all(set(cell.changes) == {"roc_auc", "recall"} for cell in found.cells)
    assert found.answer[0].startswith("The results are for different objectives")
    assert found.spec[-1] == Changed(
        name="objective", earlier="f1", later="recall @ precision >= 0.5 at prevalence 0.02"
    )


@pytest.mark.parametrize("wish", [*EXAMPLES, "cost fn=10 fp=1 at prevalence 0.02"])
def test_every_objective_has_finite_changes_between_any_sizes_of_test(scored_trial: Make, wish: str) -> None:
    found = changes(dossier(scored_trial, wish, seeds=(1,)), dossier(scored_trial, wish, seeds=(1,), sizes=(20, 90)))
    for change in (change for cell in found.cells for change in cell.changes.values()):
        assert -math.inf < change.low <= change.value <= change.high < math.inf


def test_of_many_classes_balanced_accuracy_is_compared() -> None:
    before = kept_classes.kept()
    now = worse(before, 0.3)
    found = changes(before, before), changes(before, now)
    assert all(cell.changes[BALANCED].same for cell in found[0].cells) and found[0].answer[1] == NOTHING
    for cell in found[1].cells:
        assert set(cell.changes) == {BALANCED} and cell.changes[BALANCED].low < 0 < cell.changes[BALANCED].high
    scores = [sweep.tables(sweep.scores)[sweep.network(sweep.best)] for sweep in (before, now)]
    assert np.subtract(*(balanced_accuracy_score(of["label"], of["called"]) for of in scores)) > 0


@pytest.mark.parametrize("wish", ["recall of dog @ alarms <= 400 per 1000", "fbeta of dog 2"])
def test_an_objective_about_one_class_is_compared_in_its_own_metric_too(wish: str) -> None:
    before = kept_classes.kept(wish=wish)
    found = changes(before, worse(before, 0.1))
    assert all(set(cell.changes) == {f"class/{before.objective.metric}", BALANCED} for cell in found.cells)
