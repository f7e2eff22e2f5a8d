"""What a verdict says: every sentence that is due, and no number that is not beside it."""

import re
from collections.abc import Callable

import pytest
from by_hand import about, cell, judged, of_classes, verdict

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import Difference, Slice
from steelyard.models.verdict.looks import Looks
from steelyard.models.verdict.sweep_verdict import Bearing, Learning, Otherwise, Verdict
from steelyard.models.words.verdict_note import markdown
from steelyard.models.words.verdict_sentences import worded

WHOLE = {"recall": 0.8, "precision": 0.9}
GAIN = Difference(value=0.03, low=0.02, high=0.04, p_holm=0.001, detectable=0.02)


def told(of: Verdict, looks: Looks | None = None) -> str:
    return " ".join((worded(of, looks) if looks else worded(of)).words)


def test_no_metric_is_told_without_its_interval(judged: Callable[..., Dossier]) -> None:
    found = judged("cost fn=10 fp=1 at prevalence 0.02", cells={"none": 0.0, "weights 0.8": 1.0}).verdict
    sentences = [*found.words, *(words for of in found.cells for words in of.words)]
    assert len(sentences) > len(found.cells)
    for words in sentences:
        for metric in ("recall", "precision", "cost", "false-positive rate"):
            assert not re.findall(rf"\b{metric} [-+]?\d[\d.]*(?! \[)(?![\d.])", words), words


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (judged("FEASIBLE", certified_limit=0.81, certified_value=0.4), "is certified with 95 % confidence"),
        (judged("FEASIBLE", certified_limit=0.81, certified_value=0.4), "precision >= 0.81 is certified too (recall 0"),
        (judged("INFEASIBLE", 0.2), "is refuted at every threshold that finds 5 % of the positives"),
        (judged("UNDECIDED", needed=(2.9, 5.1)), "200 to 400 more defective images would certify it"),
        (judged("UNDECIDED"), "precision 0.75 [0.72, 0.78] on test, where 10 % are defective."),
    ],
)
def test_a_cell_says_what_became_of_its_constraint(of: object, says: str) -> None:
    found = worded(verdict(cell(feasibility=of)))
    assert says in found.cells[0].words[0] and found.cells[0].words[0] in found.words


def test_a_cell_says_what_it_is_beside_the_unweighted_network() -> None:
    cells = cell(), cell("a", "worse"), cell("b", "same curve"), cell("c", "better"), cell("d", None)
    said = [of.words[-1] for of in worded(verdict(*cells)).cells[1:]]
    assert said[0].startswith("Worse than the unweighted network: recall +0.05 [+0.01, +0.09], p = 0.02 and ROC area")
    assert said[0].endswith("(p after Holm's correction over 3 cells).")
    assert said[1].startswith("Same curve as") and said[2].startswith("Better than")
    assert "did not finish" in said[3]
    assert "show a difference of 0.06 in ROC area to the unweighted network" in told(verdict(*cells))


def test_where_the_figures_are_of_and_how_many_images_is_told() -> None:
    assert "on test (100 positives)" in told(verdict(cell()))
    folds = told(verdict(cell(), folds=5, groups=9))
    assert "on held-out scores (100 positives, 5 folds)" in folds and "the mean of 5 networks" in folds
    assert "other groups of images: there are 9, too few" in folds
    classes = told(verdict(cell(**of_classes(0.9, 0.8, 0.3)), wish="balanced_accuracy"))
    assert "(3 classes, 150 images)" in classes


def test_slices_are_told_worst_first_and_the_learning_curve_says_what_it_promises() -> None:
    slices = tuple(
        Slice(column="ward", value=f"{number}", images=9, metric="recall", at=about(number / 10)) for number in range(5)
    )
    assert "Recall by ward, worst first: 0 0.00 [0.00, 0.10] of 9 positives" in told(verdict(cell(slices=slices)))
    areas = tuple(about(of, 0.02) for of in (0.8, 0.85, 0.88, 0.9))
    learning = Learning(cell="none", shares=(0.25, 0.5, 0.75, 1.0), areas=areas, gain=GAIN)
    assert "more images to learn from would lift the curve further" in told(verdict(cell(), learning=learning))
    little = GAIN.model_copy(update={"value": 0.0, "low": -0.009, "high": 0.009})
    flat = learning.model_copy(update={"gain": little})
    assert "more images to learn from promise little" in told(verdict(cell(), learning=flat))


@pytest.mark.parametrize(
    ("images", "of", "begins"),
    [
        (1, 30, "1 of 30 positives has a copy in train; "),
        (1200, 3000, "1,200 of 3,000 positives have a copy in train; "),
    ],
)
def test_copies_are_told_with_what_figures_are_without_them(images: int, of: int, begins: str) -> None:
    twins = Otherwise(images=images, of=of, whole=WHOLE, otherwise=WHOLE | {"recall": 0.7})
    said = told(verdict(cell(), bearing=Bearing(twins=twins)))
    assert f"{begins}without all such images recall is 0.70, not 0.80." in said
    nothing = twins.model_copy(update={"otherwise": WHOLE})
    assert "copy" not in told(verdict(cell(), bearing=Bearing(twins=nothing)))


def test_corrected_labels_and_what_is_grave_are_told() -> None:
    corrected = Otherwise(images=3, of=100, whole=WHOLE, otherwise=WHOLE | {"precision": 0.8})
    said = told(verdict(cell(), bearing=Bearing(corrected=corrected, grave=("a stamp tells all",))))
    assert "3 labels were corrected; by the labels of before precision is 0.80, not 0.90." in said
    assert "A stamp tells all." in said


def test_images_that_were_asked_more_than_once_say_so() -> None:
    assert "tested by" not in told(verdict(cell()))
    assert "tested by 3 different sweeps and 1 gate of this store" in told(verdict(cell()), Looks(sweeps=3, gates=1))


def test_the_note_stays_within_its_bounds_and_says_what_it_left_out() -> None:
    found = worded(verdict(cell(), cell("weights 0.8", "better"), cell("upsample", "worse")))
    whole = markdown(found, 8000)
    assert r"| weights 0.8 | 0.900 \[0.880, 0.920\] | 0.60 \[0.50, 0.70\] |" in whole and "| better |" in whole
    short = markdown(found, len(whole) - 1)
    assert len(short) < len(whole) and "* and 1 more, in `verdict.json`" in short
