"""Verdicts over K classes, on the path of two, against scikit-learn."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import synthetic_classes as synthetic
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
)

from steelyard.models.objective import Objective
from steelyard.models.objective.certificate import Candidates
from steelyard.models.objective.threshold_choice import BY_ARGMAX, decide
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.sweep_verdict import Verdict

NONE = ("none", 0.5)


def judged(evidence: Evidence) -> Verdict:
    return judge(evidence, chosen(evidence))


def cell(verdict: Verdict, name: str) -> CellVerdict:
    return next(found for found in verdict.cells if found.cell == name)


def of_three(scores: npt.NDArray[np.floating], labels: npt.NDArray[np.int64]) -> CellVerdict:
    objective, names = Objective("balanced_accuracy"), ("a", "b", "c")
    one = synthetic.trial("none", 1, labels, scores, objective, names)
    return judged(Evidence([one], objective, classes=names, train=(9, 9, 9))).cells[0]


def test_a_cell_has_what_scikit_learn_counts_of_the_network_to_hand_over() -> None:
    evidence = synthetic.sweep()
    choice = chosen(evidence)
    labels, found = evidence.test.labels, cell(judge(evidence, choice), "none")
    row = evidence.scores(choice.networks[NONE]).argmax(axis=1)
    assert found.point["balanced_accuracy"].value == pytest.approx(balanced_accuracy_score(labels, row))
    assert found.point["f1"].value == pytest.approx(f1_score(labels, row, average="macro"))
    assert np.array(found.confusion) == pytest.approx(confusion_matrix(labels, row))
    assert [of.recall.value for of in found.classes] == pytest.approx(recall_score(labels, row, average=None))
    assert [of.precision.value for of in found.classes] == pytest.approx(precision_score(labels, row, average=None))
    assert found.point == found.argmax
    assert [chosen_at.value for chosen_at in found.thresholds] == [BY_ARGMAX] * 3
    assert found.areas["roc_auc"].low < found.areas["roc_auc"].value < found.areas["roc_auc"].high


def test_a_cell_that_is_clearly_better_is_better_and_one_that_is_clearly_worse_is_worse() -> None:
    verdict = judged(synthetic.sweep({"none": -1.0, "up": 1.5, "down": -5.0}, sizes=(100,) * 4))
    assert (cell(verdict, "up").shape, cell(verdict, "down").shape) == ("better", "worse")
    assert verdict.cells[0].cell == "up"
    assert cell(verdict, "up").differences["balanced_accuracy"].low > 0
    assert (cell(verdict, "none").shape, cell(verdict, "none").differences) == ("baseline", {})


def test_a_class_that_test_lacks_is_left_out_of_the_means() -> None:
    verdict = judged(synthetic.sweep(sizes=(30, 30, 0, 30)))
    best = verdict.cells[0]
    assert verdict.sizes == (30, 30, 0, 30)
    present = [of.recall.value for of in best.classes if of.images]
    assert best.point["recall"].value == pytest.approx(np.mean(present))
    assert (best.classes[2].recall.low, best.classes[2].recall.high) == pytest.approx((0, 1), abs=0.05)


@pytest.mark.parametrize("right", [True, False])
def test_all_right_or_all_wrong_is_not_taken_for_certain(right: bool) -> None:
    labels = np.repeat(np.arange(3), 10)
    recall = of_three(np.eye(3)[labels if right else (labels + 1) % 3], labels).point["recall"]
    assert recall.value == right
    assert 0.05 < recall.high - recall.low < 0.5


def test_without_the_baseline_no_cell_is_compared() -> None:
    evidence = synthetic.sweep()
    rest = replace(evidence, trials=[one for one in evidence.trials if one.outcome.cell != "none"])
    assert all(found.shape is None and not found.differences for found in judged(rest).cells)


def test_a_constraint_on_a_class_is_certified_on_its_scores_against_the_rest() -> None:
    for bound, status in ((0.3, "FEASIBLE"), (0.99, "UNDECIDED")):
        evidence = synthetic.sweep(
            {"none": 0.0}, seeds=(1,), wish=f"recall of dog @ precision >= {bound}", sizes=(60,) * 4
        )
        found, labels, scores = judged(evidence).cells[0], evidence.val.labels, evidence.val.scores[0]
        expected = Candidates.of(evidence.objective, (labels == 3).astype(int), scores).choose(evidence.objective)
        [threshold] = found.thresholds
        assert threshold.value == pytest.approx(expected.threshold) and threshold.feasible == expected.certified
        assert found.feasibility and found.feasibility.status == status
        assert found.feasibility.at == found.point["class/precision"]
        called = decide(evidence.scores(0), threshold.value, 3)
        assert found.classes[3].precision.value == pytest.approx(
            precision_score(evidence.test.labels == 3, called == 3)
        )


def test_the_average_precision_of_a_class_is_judged_as_scikit_learn_counts_it() -> None:
    evidence = synthetic.sweep(wish="average_precision of dog")
    choice, key = chosen(evidence), "class/average_precision"
    verdict = judge(evidence, choice)
    for name, column in choice.networks.items():
        found = cell(verdict, name[0])
        expected = average_precision_score(evidence.test.labels == 3, evidence.scores(column)[:, 3])
        assert found.areas[key].value == pytest.approx(expected)
        assert found.areas[key].low < found.areas[key].value < found.areas[key].high
        assert key in found.differences or found.shape == "baseline"


def test_groups_are_drawn_whole_and_widen_what_they_share() -> None:
    evidence = synthetic.sweep({"none": 0.0, "up": 1.0})
    ids = [*evidence.test.ids, *evidence.val.ids]
    groups = pd.Series([f"patient {number // 6}" for number in range(len(ids))], index=ids)
    verdict = judged(replace(evidence, groups=groups))
    assert verdict.groups == 20
    assert _width(verdict.cells[0].point["recall"]) > 0.8 * _width(judged(evidence).cells[0].point["recall"])


def test_trials_of_other_images_are_refused() -> None:
    evidence = synthetic.sweep({"none": 0.0}, seeds=(1, 2))
    first, second = evidence.trials
    with pytest.raises(ValueError, match="must score the same test images"):
        judged(replace(evidence, trials=[first, replace(second, scores=second.scores.iloc[:-1])]))


@settings(max_examples=10)
@given(st.permutations(range(4)))
def test_a_verdict_does_not_depend_on_the_order_of_the_classes(order: list[int]) -> None:
    labels, objective = np.repeat(np.arange(4), 12), Objective("balanced_accuracy")
    place, back = np.argsort(order), np.array(order)
    found = []
    for of, columns in ((labels, slice(None)), (place[labels], back)):
        trials = [
            synthetic.trial(name, 1, of, synthetic.scored(labels, 4, 1, lift)[:, columns], objective, ("a",) * 4)
            for name, lift in (("none", 0.0), ("up", 1.0))
        ]
        train = tuple(np.array(synthetic.TRAIN)[columns].tolist())
        found.append(judged(Evidence(trials, objective, classes=("a", "b", "c", "d"), train=train)))
    one, other = (cell(verdict, "up") for verdict in found)
    for name in ("balanced_accuracy", "precision", "f1"):
        assert one.point[name].value == pytest.approx(other.point[name].value)
    assert one.areas["roc_auc"].value == pytest.approx(other.areas["roc_auc"].value)


def _width(found: Estimate) -> float:
    return found.high - found.low
