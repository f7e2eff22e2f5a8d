from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import synthetic_classes as synthetic
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, balanced_accuracy_score, confusion_matrix, recall_score
from synthetic import verdict_of

from steelyard.models.objective import Objective
from steelyard.models.objective.threshold_choice import BY_ARGMAX
from steelyard.models.spec.trial import Handling
from steelyard.models.statistics.class_means import alike, effective_size
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.differences import halves
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.verdict_sentences import worded

NONE = ("none", 0.5)


def cell(verdict: Verdict, name: str) -> CellVerdict:
    return next(found for found in verdict.cells if found.cell == name)


def without(evidence: Evidence, *names: str) -> Evidence:
    return replace(evidence, trials=[one for one in evidence.trials if one.outcome.cell not in names])


def test_a_cell_has_the_mean_over_seeds_of_what_scikit_learn_counts() -> None:
    evidence = synthetic.sweep()
    labels, found = evidence.test.labels, cell(verdict_of(evidence), "none")
    rows = [evidence.scores(column).argmax(axis=1) for column in evidence.cells[NONE]]
    assert found.point["balanced_accuracy"].value == pytest.approx(
        np.mean([balanced_accuracy_score(labels, row) for row in rows])
    )
    assert np.array(found.confusion) == pytest.approx(np.mean([confusion_matrix(labels, row) for row in rows], axis=0))
    recalls = np.mean([recall_score(labels, row, average=None) for row in rows], axis=0)
    assert [of.recall.value for of in found.classes] == pytest.approx(recalls)
    assert found.point == found.argmax
    assert found.areas["roc_auc"].low < found.areas["roc_auc"].value < found.areas["roc_auc"].high


def test_differences_are_those_of_the_points_and_the_baseline_has_none() -> None:
    verdict = verdict_of(synthetic.sweep())
    base, other = cell(verdict, "none"), cell(verdict, "deferred:after=0.8:by=weights")
    for name in ("balanced_accuracy", "precision", "f1", "accuracy"):
        assert other.differences[name].value == pytest.approx(other.point[name].value - base.point[name].value)
    for mine, theirs in zip(other.classes, base.classes, strict=True):
        assert other.class_differences[mine.name].value == pytest.approx(mine.recall.value - theirs.recall.value)
    rare = [of.recall.value for of in other.classes[2:]]
    assert other.differences["rare"].value == pytest.approx(
        np.mean(rare) - np.mean([of.recall.value for of in base.classes[2:]])
    )
    assert (base.shape, base.differences, base.class_differences) == ("baseline", {}, {})


def test_a_cell_that_is_clearly_better_is_higher_and_one_that_is_clearly_worse_lower() -> None:
    verdict = verdict_of(synthetic.sweep({"none": -1.0, "up": 1.5, "down": -5.0}, sizes=(100,) * 4))
    assert (cell(verdict, "up").shape, cell(verdict, "down").shape) == ("higher", "lower")
    assert cell(verdict, "up").differences["rare"].low > 0 > cell(verdict, "down").differences["rare"].high


def test_a_class_that_test_lacks_is_left_out_of_the_means_and_named() -> None:
    verdict = verdict_of(synthetic.sweep(sizes=(30, 30, 0, 30)))
    best = verdict.cells[0]
    assert verdict.sizes == (30, 30, 0, 30)
    present = [of.recall.value for of in best.classes if of.images]
    assert best.point["recall"].value == pytest.approx(np.mean(present))
    assert (best.classes[2].recall.low, best.classes[2].recall.high) == (0, 1)
    assert "cat" not in best.class_differences
    assert any("No image of test is cat" in words for words in verdict.words)


def test_all_wrong_has_a_recall_of_0_with_an_upper_bound_above_it() -> None:
    labels, objective = np.repeat(np.arange(3), 10), Objective("balanced_accuracy")
    scores = np.eye(3)[(labels + 1) % 3]
    trials = [synthetic.trial("none", seed, labels, scores, objective, ("a", "b", "c")) for seed in (1, 2)]
    found = verdict_of(Evidence(trials, objective, samples=50, classes=("a", "b", "c"), train=(9, 9, 9))).cells[0]
    recall = found.point["balanced_accuracy"]
    assert (recall.value, recall.low) == (0, 0)
    assert 0.05 < recall.high < 0.25
    assert found.point["f1"].high > 0


def test_all_right_has_a_recall_of_1_with_the_lower_bound_of_so_many_images() -> None:
    labels, objective = np.repeat(np.arange(3), 10), Objective("balanced_accuracy")
    trials = [synthetic.trial("none", 1, labels, np.eye(3)[labels], objective, ("a", "b", "c"))]
    recall = (
        verdict_of(Evidence(trials, objective, samples=50, classes=("a", "b", "c"), train=(9, 9, 9)))
        .cells[0]
        .point["recall"]
    )
    assert recall.high == 1
    assert 0.85 < recall.low < 0.92  # Wilson's of 30 of 30 is 0.886.


@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_one_cell_alone_is_judged_without_differences(seeds: tuple[int, ...]) -> None:
    verdict = verdict_of(synthetic.sweep({"none": 0.0}, seeds=seeds))
    assert (len(verdict.cells), verdict.published) == (1, ())
    assert verdict.cells[0].point["recall"].deviation == (None if len(seeds) == 1 else pytest.approx(0.05, abs=0.05))


def test_without_the_baseline_no_cell_is_compared() -> None:
    verdict = verdict_of(without(synthetic.sweep(), "none"))
    assert all(found.shape is None and not found.differences for found in verdict.cells)
    assert any("No trial of the unweighted baseline finished" in words for words in verdict.words)
    assert all("Not compared with the baseline" in " ".join(found.words) for found in verdict.cells)


def test_cells_keep_their_order_and_those_without_a_trial_are_left_out() -> None:
    evidence = synthetic.sweep()
    order = [("balanced", 0.5), ("gone", 0.5), NONE, ("logit_adjusted:tau=1", 0.5)]
    assert [found.cell for found in worded(judge(evidence, order)).cells] == [
        "balanced",
        "none",
        "logit_adjusted:tau=1",
    ]


def test_seeds_that_the_baseline_lacks_are_not_compared() -> None:
    evidence = synthetic.sweep({"none": 0.0, "up": 1.0})
    fewer = replace(
        evidence, trials=[one for one in evidence.trials if (one.outcome.cell, one.outcome.seed) != ("none", 3)]
    )
    found = cell(verdict_of(fewer), "up")
    assert (found.point["recall"].seeds, found.differences["balanced_accuracy"].seeds) == (3, 2)


def test_a_bound_on_a_class_is_judged_by_the_interval_of_its_precision() -> None:
    statuses = {}
    for bound in (0.3, 0.8):
        found = verdict_of(synthetic.sweep(wish=f"recall of dog @ precision >= {bound}", sizes=(100,) * 4)).cells[-1]
        assert found.feasibility is not None
        assert found.feasibility.at == found.classes[3].precision
        statuses[bound] = found.feasibility.status
        assert all(chosen.feasible and chosen.value > 0 for chosen in found.thresholds)
    assert statuses == {0.3: "FEASIBLE", 0.8: "UNDECIDED"}


def test_the_average_precision_of_a_class_is_judged_as_scikit_learn_counts_it() -> None:
    evidence = synthetic.sweep(wish="average_precision of dog")
    found, key = cell(verdict_of(evidence), "none"), "class/average_precision"
    tests = [evidence.scores(column)[:, 3] for column in evidence.cells[NONE]]
    by_hand = [average_precision_score(evidence.test.labels == 3, scores) for scores in tests]
    assert found.areas[key].value == pytest.approx(np.mean(by_hand))
    assert found.areas[key].low < found.areas[key].value < found.areas[key].high
    others = [of for of in verdict_of(evidence).cells if of.differences]
    gained = [of.areas[key].value - found.areas[key].value for of in others]
    assert [of.differences[key].value for of in others] == pytest.approx(gained)


def test_where_val_has_no_threshold_argmax_decides_and_nothing_is_called_feasible() -> None:
    labels, names = np.repeat(np.arange(3), 20), ("a", "b", "c")
    objective = Objective("recall", "precision", 0.6, class_name="c")
    scores = np.full((60, 3), 0.25)
    scores[:, 2] = np.linspace(0.5, 0.4, 60)  # The class's own images score lowest.
    verdict = verdict_of(
        Evidence(
            [synthetic.trial("none", 1, labels, scores, objective, names)],
            objective,
            samples=50,
            classes=names,
            train=(9,) * 3,
        )
    )
    found = verdict.cells[0].feasibility
    assert found is not None
    assert (found.status, found.out_of_reach_on_val) == ("INFEASIBLE", 1)
    assert verdict.cells[0].thresholds[0].value == BY_ARGMAX
    assert any("in 1 of 1 seed no threshold meets precision >= 0.6 on val" in words for words in verdict.words)


def test_a_sweep_that_validates_on_test_is_optimistic() -> None:
    labels, objective = np.repeat(np.arange(4), 10), Objective("balanced_accuracy")
    scores = synthetic.scored(labels, 4, 1, 0.0)
    one = synthetic.finished(Handling(name="none"), 1, labels, scores, objective, synthetic.NAMES, "test")
    verdict = verdict_of(Evidence([one], objective, samples=50, classes=synthetic.NAMES, train=synthetic.TRAIN))
    assert verdict.optimistic
    assert verdict.words[0].startswith("Optimistic: ")


def test_groups_are_drawn_whole_and_widen_what_they_share() -> None:
    evidence = synthetic.sweep({"none": 0.0, "up": 1.0})
    ids = evidence.test.ids
    groups = pd.Series([f"patient {number // 6}" for number in range(len(ids))], index=ids)
    verdict = verdict_of(replace(evidence, groups=groups))
    assert verdict.groups == 20
    assert any("test holds 20." in words for words in verdict.words)
    assert _width(verdict.cells[0].point["recall"]) > 0.8 * _width(verdict_of(evidence).cells[0].point["recall"])


def test_a_class_of_one_group_says_nothing_of_other_groups() -> None:
    evidence = synthetic.sweep({"none": 0.0, "up": 1.0})
    groups = pd.Series([f"site {number // 30}" for number in range(120)], index=evidence.test.ids)
    verdict = verdict_of(replace(evidence, groups=groups))
    assert all(_width(of.recall) > 0.5 for of in verdict.cells[0].classes)
    assert any("In one group only" in words and "ant, bee, cat, dog" in words for words in verdict.words)


def test_trials_of_other_images_are_refused() -> None:
    evidence = synthetic.sweep({"none": 0.0}, seeds=(1, 2))
    first, second = evidence.trials
    with pytest.raises(ValueError, match="must score the same test images"):
        verdict_of(replace(evidence, trials=[first, replace(second, scores=second.scores.iloc[:-1])]))


def test_the_halves_go_by_the_images_of_train_among_the_classes_that_test_has() -> None:
    sizes = np.array([5, 5, 0, 5, 5, 5])
    rare, frequent = halves(sizes, (10, 50, 1, 40, 20, 30))
    assert (rare.tolist(), frequent.tolist()) == ([0, 4], [3, 1])
    for train in ((7,) * 6, (100, 90, 80, 90, 100, 120)):
        assert [len(half) for half in halves(sizes, train)] == [0, 0]
    assert [len(half) for half in halves(np.array([5, 5, 5]), (10, 50, 90))] == [0, 0]


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 200)), min_size=1, max_size=20))
def test_a_mean_of_recalls_is_never_counted_in_fewer_than_no_image(found: list[tuple[float, int]]) -> None:
    recalls, sizes = (np.array(values, np.float64) for values in zip(*found, strict=True))
    assert 0 < effective_size(recalls, sizes) < np.inf


def test_classes_found_alike_are_counted_in_about_their_images() -> None:
    assert alike(np.array([10, 10, 10])) == 30
    assert effective_size(np.full(10, 0.7), np.full(10, 20.0)) == pytest.approx(200, rel=0.1)
    assert effective_size(np.ones(10), np.full(10, 20.0)) == pytest.approx(190, rel=0.1)


@settings(max_examples=10)
@given(st.permutations(range(4)))
def test_a_verdict_does_not_depend_on_the_order_of_the_classes(order: list[int]) -> None:
    labels, objective = np.repeat(np.arange(4), 12), Objective("balanced_accuracy")
    place, back = np.argsort(order), np.array(order)
    found = []
    for of, columns in ((labels, slice(None)), (place[labels], back)):
        trials = [
            synthetic.trial(name, seed, of, synthetic.scored(labels, 4, seed, lift)[:, columns], objective, ("a",) * 4)
            for name, lift in (("none", 0.0), ("up", 1.0))
            for seed in (1, 2)
        ]
        train = tuple(np.array(synthetic.TRAIN)[columns].tolist())
        found.append(verdict_of(Evidence(trials, objective, samples=50, classes=("a", "b", "c", "d"), train=train)))
    one, other = (cell(verdict, "up") for verdict in found)
    for name in ("balanced_accuracy", "precision", "rare", "frequent"):
        assert one.differences[name].value == pytest.approx(other.differences[name].value)
    assert one.areas["roc_auc"].value == pytest.approx(other.areas["roc_auc"].value)


def _width(found: Estimate) -> float:
    return found.high - found.low
