"""States in which a verdict said something true that misled: the sentences that stand there now."""

import io

import numpy as np
import synthetic
from rich.console import Console
from scipy.special import expit

from steelyard.models.calibration.correction_effect import Calibration, calibrate
from steelyard.models.report.dossier import Dossier
from steelyard.models.statistics.significance import mcnemar
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.tasks.report import cells_table

PAIR = {"none": 0.0, "weights 0.8": 0.0}


def handled(dossier: Dossier) -> CellVerdict:
    return next(cell for cell in dossier.verdict.cells if not cell.is_baseline)


def test_more_positives_found_stand_beside_the_false_alarms_that_they_cost() -> None:
    def lower_threshold(part: str, cell: str, seed: int) -> synthetic.Scored:
        """Networks that are one on test; on val the threshold of the handling's falls."""
        labels = np.repeat(np.array([1, 0]), synthetic.SIZES[part])
        logits = np.random.default_rng(len(part)).normal(2.0 * labels - 1, 1)
        return labels, expit(logits - 1.0 * (part == "val" and cell != "none"))

    found = synthetic.judged(cells=PAIR, scores=lower_threshold, seeds=(1,))
    [pair] = handled(found).pairs
    assert pair.only_cell > 5 and (pair.only_baseline, pair.false_only_baseline) == (0, 0)
    assert pair.false_only_cell is not None and pair.false_only_cell > 5
    assert pair.p == mcnemar(pair.only_cell, pair.false_only_cell)
    [told] = [words for words in found.verdict.words if "McNemar" in words]
    assert f"only weights 0.8 finds {pair.only_cell}, only the baseline 0; of 170 negatives only the former" in told
    assert f"takes {pair.false_only_cell} for positive, only the latter 0" in told


def test_where_no_difference_could_be_shown_it_is_not_said_that_sweeps_would_show_none() -> None:
    def of_luck(part: str, cell: str, seed: int) -> synthetic.Scored:
        """One seed tells the classes apart, the other does not, and of the handling it is the other way round."""
        labels = np.repeat(np.array([1, 0]), synthetic.SIZES[part])
        lift = 3.0 if (seed == 1) == (cell == "none") else 0.0
        return labels, expit(np.random.default_rng(seed).standard_normal(len(labels)) + lift * labels)

    found = synthetic.judged(cells=PAIR, scores=of_luck)
    [told] = [words for words in found.verdict.words if "such sweeps" in words]
    assert "no true difference in ROC area is large enough for 4 of 5 such sweeps to show it." in told


def test_rates_that_moved_are_told_where_the_curve_did_not() -> None:
    def nearer(part: str, cell: str, seed: int) -> synthetic.Scored:
        """The handling's positives pass 0.5, no negative does, and the order of all stays."""
        labels = np.repeat(np.array([1, 0]), synthetic.SIZES[part])
        logits = np.random.default_rng(seed).uniform(-1, 1, len(labels)) + np.where(labels == 1, 0.0, -4.0)
        return labels, expit(logits + (2 if cell != "none" else 0) * (labels == 1))

    cell = handled(synthetic.judged(cells=PAIR, scores=nearer))
    recall = cell.differences["argmax/recall"]
    assert cell.differences["roc_auc"].value == 0 and recall.low > 0.2
    assert any(
        words.startswith("No difference in ROC area shown: 0.00 [") and "though at argmax recall +0." in words
        for words in cell.words
    )


def test_a_correction_that_did_not_help_is_said_in_the_terminal() -> None:
    labels = np.repeat(np.array([1, 0]), (500, 1700))
    scores = expit(2 * np.random.default_rng(0).normal(2.0 * labels - 1, 1))  # As a prior of 0.5 makes them.
    found = synthetic.judged(cells=PAIR)

    def told(learned: float) -> str:
        cells = {cell.cell: cell for cell in found.verdict.cells}
        made: Calibration = calibrate(labels, scores, learned, 0.23, "")
        cell = cells["none"].model_copy(update={"calibration": (made,)})
        verdict = found.verdict.model_copy(update={"cells": (cell,)})
        console = Console(file=io.StringIO(), width=400)
        cells_table.show(found.found.model_copy(update={"verdict": verdict}), console)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    assert "which did not help" in told(0.9)
    assert "did not help" not in told(0.5) and "did not fall" not in told(0.5)


def test_val_and_test_that_disagree_are_told_side_by_side_and_those_that_do_not_are_not() -> None:
    def another_world(part: str, cell: str, seed: int) -> synthetic.Scored:
        """Test's positives are as its negatives."""
        labels = np.repeat(np.array([1, 0]), synthetic.SIZES[part])
        logits = np.random.default_rng(len(part)).normal(4.0 * labels * (part == "val") - 2, 1)
        return labels, expit(logits)

    found = synthetic.judged(cells=PAIR, scores=another_world, seeds=(1,)).verdict
    assert [of.metric for of in found.unlike] == ["recall"]
    [told] = [words for words in found.words if words.startswith("Val and test disagree")]
    best = found.cells[0].point["recall"]
    assert f"recall {found.unlike[0].val.value:.2f} [" in told and f" and {best.value:.2f} [" in told
    assert "No share of positives explains that" in told
    alike = synthetic.judged(cells=PAIR).verdict
    assert alike.unlike == () and not [words for words in alike.words if "disagree" in words]


def test_precision_for_another_share_of_positives_stands_beside_that_of_test() -> None:
    found = synthetic.judged("recall @ precision >= 0.3 at prevalence 0.02", cells=PAIR, seeds=(1,)).verdict
    assert found.as_counted is not None
    stated = found.cells[0].point["precision"]
    assert found.as_counted.value > stated.value
    [told] = [words for words in found.words if words.startswith("In test 22.7 % are positive")]
    assert f"a precision of {found.as_counted.value:.2f} [" in told
    assert synthetic.judged("recall @ precision >= 0.3 at prevalence 0.22", cells=PAIR).verdict.as_counted is None
