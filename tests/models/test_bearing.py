"""What copies and corrected labels do to the figures of a cell, against counts by hand and scikit-learn."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import synthetic_classes
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score

from steelyard.models.objective import Objective
from steelyard.models.verdict.bearing import KnownOfImages, bearing
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Bearing

Make = Callable[..., ScoredTrial]

LABELS = np.repeat([1, 0], (4, 6))
CALLED = 0, 1, 2, 4
"""The images of test that the network calls positive."""


def name(number: int) -> str:
    return f"test/{number:05}"


def evidence(scored_trial: Make, text: str = "f1") -> Evidence:
    """A network whose val leaves no doubt about the threshold."""
    objective, val = Objective.parse(text), (LABELS, np.where(LABELS == 1, 0.8, 0.2))
    test = LABELS, np.where(np.isin(np.arange(10), CALLED), 0.9, 0.1)
    return Evidence([scored_trial("none", 1, val, test, objective)], objective)


def found(scored_trial: Make, text: str = "f1", **known: object) -> Bearing:
    return bearing(evidence(scored_trial, text), 0, KnownOfImages(**known))  # type: ignore[arg-type]


def before(changed: dict[int, int]) -> "pd.Series[int]":
    """Labels of test as they were, of an image set that has images beside it."""
    labels = pd.Series(LABELS, index=[name(number) for number in range(10)])
    labels.update(pd.Series({name(number): label for number, label in changed.items()}))
    return pd.concat([pd.Series({"train/0": 1}), labels.sample(frac=1, random_state=0)])


def test_without_copies_recall_and_precision_are_those_of_the_others(scored_trial: Make) -> None:
    told = found(scored_trial, twins=frozenset({name(0), name(4), "train/0"}))
    assert told.twins and (told.twins.images, told.twins.of) == (1, 4)
    assert told.twins.whole == pytest.approx({"recall": 3 / 4, "precision": 3 / 4})
    assert told.twins.otherwise == pytest.approx({"recall": 2 / 3, "precision": 1})
    assert told.corrected is None and told.grave == ()


def test_precision_is_for_the_share_that_the_objective_states(scored_trial: Make) -> None:
    told = found(scored_trial, "f1 at prevalence 0.1", twins=frozenset({name(3)}))
    assert told.twins
    assert told.twins.whole["precision"] == pytest.approx(0.1 * 3 / 4 / (0.1 * 3 / 4 + 0.9 / 6))
    assert told.twins.otherwise == pytest.approx({"recall": 1, "precision": 0.1 / (0.1 + 0.9 / 6)})


def test_by_the_labels_of_before_the_same_decisions_are_counted_and_what_was_not_in_use_is_left_out(
    scored_trial: Make,
) -> None:
    told = found(scored_trial, labels_before=before({0: 0, 9: 1, 8: -1}))
    assert told.corrected and (told.corrected.images, told.corrected.of) == (3, 10)
    assert told.corrected.whole == pytest.approx({"recall": 3 / 4, "precision": 3 / 4})
    assert told.corrected.otherwise == pytest.approx({"recall": 2 / 4, "precision": 2 / 4})


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
    told = judge(of, chosen(of), known=known).bearing
    assert told == bearing(of, 0, known) and told.twins and told.corrected
    assert told.grave == ("light alone tells dog",)


def kept_after(of: Evidence, left_out: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.asarray(~of.test.ids.isin(left_out))


def test_where_every_class_counts_balanced_accuracy_is_that_of_the_other_images() -> None:
    of = synthetic_classes.sweep({"none": 0.0}, seeds=(1,))
    twins = [f"{number:06}" for number in (*range(25), 40, 100)]
    told, kept = bearing(of, 0, KnownOfImages(frozenset(twins))).twins, kept_after(of, twins)
    assert told and (told.images, told.of) == (27, 120)
    for figures, mask in ((told.whole, np.ones(120, bool)), (told.otherwise, kept)):
        scores = [balanced_accuracy_score(of.test.labels[mask], row[mask]) for row in [of.called(0)]]
        assert figures == pytest.approx({"balanced_accuracy": np.mean(scores)})


def test_of_many_classes_figures_are_of_the_one_that_the_objective_is_about() -> None:
    of = synthetic_classes.sweep({"none": 0.0}, seeds=(1,), wish="recall of dog @ precision >= 0.5")
    twins = [f"{number:06}" for number in (0, 1, *range(90, 105))]
    told, kept = bearing(of, 0, KnownOfImages(frozenset(twins))).twins, kept_after(of, twins)
    assert told and (told.images, told.of) == (15, 30)
    truth, called = (of.test.labels == 3)[kept], (np.stack([of.called(0)]) == 3)[:, kept]
    expected = {"recall": recall_score, "precision": precision_score}
    assert told.otherwise == pytest.approx(
        {metric: np.mean([score(truth, row) for row in called]) for metric, score in expected.items()}
    )
