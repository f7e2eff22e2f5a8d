"""What a verdict says of copies and corrected labels: one or several, and nothing where no figure shows it."""

from collections.abc import Callable

import pytest
import synthetic_classes
from synthetic import verdict_of

from steelyard.models.objective import Objective
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.sweep_verdict import Bearing, Otherwise, Verdict
from steelyard.models.words.verdict_of_images import of_images

WHOLE = {"recall": 0.8, "precision": 0.9}


@pytest.fixture(scope="module")
def verdict(judged: Callable[..., Dossier]) -> Verdict:
    return judged(cells={"none": 0.0}, seeds=(1,)).verdict


def otherwise(images: int, of: int, recall: float = 0.8, precision: float = 0.9) -> Otherwise:
    return Otherwise(images=images, of=of, whole=WHOLE, otherwise={"recall": recall, "precision": precision})


def said(verdict: Verdict, text: str = "f1", **known: object) -> list[str]:
    bearing = Bearing(**known)  # type: ignore[arg-type]
    return list(of_images(verdict.model_copy(update={"bearing": bearing}), Objective.parse(text)))


@pytest.mark.parametrize(
    ("images", "of", "begins"),
    [
        (1, 1, "1 of 1 positive of test has a copy in train; "),
        (1, 30, "1 of 30 positives of test has a copy in train; "),
        (1200, 3000, "1,200 of 3,000 positives of test have a copy in train; "),
    ],
)
def test_one_copy_has_and_several_have(verdict: Verdict, images: int, of: int, begins: str) -> None:
    [line] = said(verdict, twins=otherwise(images, of, recall=0.7))
    assert line == f"{begins}without all such images recall is 0.70, not 0.80."


def test_only_figures_that_differ_are_named(verdict: Verdict) -> None:
    [line] = said(verdict, twins=otherwise(2, 30, precision=0.7))
    assert line.endswith("without all such images precision is 0.70, not 0.90.")
    [line] = said(verdict, twins=otherwise(2, 30, recall=0.7, precision=0.7))
    assert line.endswith("recall is 0.70, not 0.80 and precision is 0.70, not 0.90.")


def test_copies_are_in_another_fold_where_folds_take_turns(verdict: Verdict) -> None:
    [line] = said(verdict.model_copy(update={"folds": 5}), twins=otherwise(2, 30, recall=0.7))
    assert "2 of 30 positives of test have a copy in another fold; " in line


def test_of_many_classes_it_is_images_that_are_counted_of_a_class_by_its_name() -> None:
    verdict = verdict_of(synthetic_classes.sweep({"none": 0.0}, seeds=(1,), samples=20))
    balanced = {"whole": {"balanced_accuracy": 0.8}, "otherwise": {"balanced_accuracy": 0.75}}
    [line] = said(verdict, "balanced_accuracy", twins=Otherwise(images=3, of=120, **balanced))
    assert line.startswith("3 of 120 images of test have a copy in train; without all such images balanced accuracy is")
    [line] = said(verdict, "recall of dog @ precision >= 0.5", twins=otherwise(3, 30, recall=0.7))
    assert line.startswith("3 of 30 images of dog of test have a copy in train; ")


@pytest.mark.parametrize(
    ("images", "recall", "line"),
    [
        (1, 0.8, "1 label of test was corrected; no figure changes by it."),
        (2, 0.8049, "2 labels of test were corrected; no figure changes by it."),
        (2, 0.81, "2 labels of test were corrected; by the labels of before recall is 0.81, not 0.80."),
    ],
)
def test_corrected_labels_are_told_whether_or_not_a_figure_changes(
    verdict: Verdict, images: int, recall: float, line: str
) -> None:
    assert said(verdict, corrected=otherwise(images, 60, recall=recall)) == [line]


def test_copies_that_change_nothing_in_two_digits_are_not_told(verdict: Verdict) -> None:
    assert said(verdict, twins=otherwise(9, 30, recall=0.8049, precision=0.8951)) == []
    close = Otherwise(images=9, of=30, whole={"recall": 0.7955}, otherwise={"recall": 0.8045})
    assert said(verdict, twins=close) == [], "both are 0.80"
    assert said(verdict) == []


def test_the_gravest_findings_come_first_and_are_three_at_most(verdict: Verdict) -> None:
    grave = tuple(f"border alone tells class {letter}" for letter in "abcd")
    lines = said(verdict, grave=grave, corrected=otherwise(1, 60))
    assert lines[:3] == [f"Border alone tells class {letter}." for letter in "abc"]
    assert len(lines) == 4 and lines[3].startswith("1 label of test was corrected")
