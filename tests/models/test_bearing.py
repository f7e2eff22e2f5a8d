"""What copies and corrected labels do to the figures of a cell, against counts by hand and scikit-learn."""

from collections.abc import Callable, Sequence

import folded
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import synthetic_classes
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score

from steelyard.models.objective import Objective
from steelyard.models.verdict.bearing import KnownOfImages, bearing
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Bearing

Make = Callable[..., ScoredTrial]

LABELS = np.repeat([1, 0], (4, 6))
CALLED = {1: (0, 1, 2, 4), 2: (0, 1)}
"""Seed -> the images of test that its network calls positive."""

NONE = ("none", 0.5)


def name(number: int) -> str:
    return f"test/{number:05}"


def evidence(scored_trial: Make, text: str = "f1") -> Evidence:
    """Two networks whose val leaves no doubt about the threshold."""
    objective, val = Objective.parse(text), (LABELS, np.where(LABELS == 1, 0.8, 0.2))
    trials = [
        scored_trial("none", seed, val, (LABELS, np.where(np.isin(np.arange(10), called), 0.9, 0.1)), objective)
        for seed, called in CALLED.items()
    ]
    return Evidence(trials, objective, samples=20)


def found(scored_trial: Make, text: str = "f1", **known: object) -> Bearing:
    return bearing(evidence(scored_trial, text), 0, KnownOfImages(**known))  # type: ignore[arg-type]


def before(changed: dict[int, int]) -> "pd.Series[int]":
    """Labels of test as they were, of an image set that has images beside it."""
    labels = pd.Series(LABELS, index=[name(number) for number in range(10)])
    labels.update(pd.Series({name(number): label for number, label in changed.items()}))
    return pd.concat([pd.Series({"train/0": 1}), labels.sample(frac=1, random_state=0)])


def test_without_copies_recall_and_precision_are_means_over_networks_on_the_others(scored_trial: Make) -> None:
    told = found(scored_trial, twins=frozenset({name(0), name(4), "train/0"}))
    assert told.twins and (told.twins.images, told.twins.of) == (1, 4)
    assert told.twins.whole == pytest.approx({"recall": (3 / 4 + 2 / 4) / 2, "precision": (3 / 4 + 1) / 2})
    assert told.twins.otherwise == pytest.approx({"recall": (2 / 3 + 1 / 3) / 2, "precision": 1})
    assert told.corrected is None and told.grave == ()


def test_precision_is_for_the_share_that_the_objective_states(scored_trial: Make) -> None:
    told = found(scored_trial, "f1 at prevalence 0.1", twins=frozenset({name(3)}))
    assert told.twins
    of_first, of_others = 0.1 * 3 / 4 / (0.1 * 3 / 4 + 0.9 / 6), 0.1 / (0.1 + 0.9 / 6)
    assert told.twins.whole["precision"] == pytest.approx((of_first + 1) / 2)
    assert told.twins.otherwise == pytest.approx({"recall": (1 + 2 / 3) / 2, "precision": (of_others + 1) / 2})


def test_by_the_labels_of_before_the_same_decisions_are_counted_and_what_was_not_in_use_is_left_out(
    scored_trial: Make,
) -> None:
    told = found(scored_trial, labels_before=before({0: 0, 9: 1, 8: -1}))
    assert told.corrected and (told.corrected.images, told.corrected.of) == (3, 10)
    assert told.corrected.whole == pytest.approx({"recall": 5 / 8, "precision": 7 / 8})
    assert told.corrected.otherwise == pytest.approx({"recall": (2 / 4 + 1 / 4) / 2, "precision": (2 / 4 + 1 / 2) / 2})


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"twins": frozenset({"train/0"})},
        {"twins": frozenset(map(name, range(4)))},
        {"labels_before": before({})},
        {"labels_before": before(dict.fromkeys(range(4), 0))},
    ],
    ids=["nothing known", "no copy in test", "no positive left", "nothing corrected", "no positive before"],
)
def test_nothing_is_told_where_nothing_is_otherwise_or_no_figure_is_left(
    scored_trial: Make, known: dict[str, object]
) -> None:
    assert found(scored_trial, **known) == Bearing()


def test_grave_findings_and_the_cell_to_use_are_what_the_verdict_has(scored_trial: Make) -> None:
    known = KnownOfImages(frozenset({name(0)}), before({9: 1}), ("light alone tells dog",))
    of = evidence(scored_trial)
    told = judge(of, [NONE], known=known).bearing
    assert told == bearing(of, 0, known) and told.twins and told.corrected
    assert told.grave == ("light alone tells dog",)


def kept_after(of: Evidence, left_out: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.asarray(~of.test.ids.isin(left_out))


def test_where_every_class_counts_balanced_accuracy_is_that_of_the_other_images() -> None:
    of = synthetic_classes.sweep({"none": 0.0}, seeds=(1, 2))
    twins = [f"{number:06}" for number in (*range(25), 40, 100)]
    told, kept = bearing(of, 0, KnownOfImages(frozenset(twins))).twins, kept_after(of, twins)
    assert told and (told.images, told.of) == (27, 120)
    for figures, mask in ((told.whole, np.ones(120, bool)), (told.otherwise, kept)):
        scores = [balanced_accuracy_score(of.test.labels[mask], row[mask]) for row in [of.called(0)]]
        assert figures == pytest.approx({"balanced_accuracy": np.mean(scores)})


def test_of_many_classes_figures_are_of_the_one_that_the_objective_is_about() -> None:
    of = synthetic_classes.sweep({"none": 0.0}, seeds=(1, 2), wish="recall of dog @ precision >= 0.5")
    twins = [f"{number:06}" for number in (0, 1, *range(90, 105))]
    told, kept = bearing(of, 0, KnownOfImages(frozenset(twins))).twins, kept_after(of, twins)
    assert told and (told.images, told.of) == (15, 30)
    truth, called = (of.test.labels == 3)[kept], (np.stack([of.called(0)]) == 3)[:, kept]
    expected = {"recall": recall_score, "precision": precision_score}
    assert told.otherwise == pytest.approx(
        {metric: np.mean([score(truth, row) for row in called]) for metric, score in expected.items()}
    )


def test_in_folds_each_image_is_decided_on_at_the_threshold_of_its_own_fold() -> None:
    labels = np.tile([1, 0, 0], 40).astype(np.int64)
    table, objective = folded.table_of(labels), Objective.parse("f1")
    rng = np.random.default_rng(0)
    trials = [
        folded.scored(parts, turn, (0.2 * turn + labels + rng.normal(0, 0.6, 120)) / 4, objective)
        for turn, parts in folded.turns_of(table).items()
    ]
    assert len({trial.operating.threshold for trial in trials}) > 1
    of, twins = folded.evidence(table, trials, objective, samples=20), [f"{row:05}" for row in range(30)]
    told = bearing(of, 0, KnownOfImages(frozenset(twins))).twins
    tested = pd.concat(
        [
            rows.assign(called=rows["score"].astype(float) >= trial.operating.threshold)
            for trial in trials
            for rows in [trial.scores[trial.scores["split"] == "test"]]
        ]
    )
    others = tested[~tested["id"].isin(twins)]
    assert told and (told.images, told.of, len(tested)) == (10, 40, 120)
    for figures, rows in ((told.whole, tested), (told.otherwise, others)):
        assert figures["recall"] == pytest.approx(recall_score(rows["label"], rows["called"]))
        assert figures["precision"] == pytest.approx(precision_score(rows["label"], rows["called"]))
