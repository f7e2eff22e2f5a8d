"""What a report says in words, against the numbers of its verdict."""

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import Dossier
from steelyard.models.words import report_captions as captions
from steelyard.models.words.report_network import kept
from steelyard.tasks.report.figures import learning_curves

Make = Callable[..., Dossier]

PAIR = {"none": 0.0, "weights 0.8": 0.0}


def words_of(found: Dossier) -> list[str]:
    return [
        kept(found),
        captions.curves(found),
        captions.other_curves(found, "ROC curves"),
        captions.forest(found),
        captions.learning(found),
        captions.scores(found),
    ]


def plain(sentence: str) -> bool:
    """One sentence, from a capital letter to the only full stop that ends one."""
    return bool(re.fullmatch(r"[A-Z](?:[^.]|\.(?=\d))*\.", sentence)) and not re.search(
        r"nan|inf|None(?! of)|  |\{", sentence
    )


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("wish", [*EXAMPLES, *(f"{wish} at prevalence 0.02" for wish in EXAMPLES)])
def test_the_network_to_use_is_told_with_its_own_numbers_and_its_run(judged: Make, wish: str) -> None:
    found = judged(wish)
    told, taken = kept(found), found.taken
    assert taken is not None and taken.operating is not None
    assert plain(told) and f"run {found.found.best_run}: {taken.cell}" in told
    recall, precision = (found.measured(taken, metric) for metric in ("recall", "precision"))
    assert told.endswith(f"with recall {recall:.2f} and precision {precision:.2f} on test.")
    assert f"scores from {taken.operating.threshold:.4g} on" in told
    assert all(map(math.isfinite, numbers(" ".join(words_of(found)))))


def test_what_the_figures_show_is_told_with_the_numbers_that_they_show(judged: Make) -> None:
    found = judged(cells={"none": 0.0, "weights 0.8": 0.0, "weights 0.9": 4.0})
    points = [(cell, found.equivalent(cell)) for cell in found.verdict.cells]
    off = [
        [abs(cell.argmax[of].value - getattr(at[1], of)) for of in ("recall", "false_positive_rate", "precision")]
        for cell, at in points
        if at
    ]
    assert len(off) == 2
    assert "They lie {:.2f} of recall, {:.2f} of false-positive rate and less than 0.01 of precision apart".format(
        *np.mean(off, axis=0)
    ) in captions.other_curves(found, "ROC curves")
    ordered = sorted(found.verdict.cells, key=lambda cell: cell.weight_positive)
    ends = [cell.argmax["recall"].value for cell in (ordered[0], ordered[-1])]
    said = captions.weights(found)
    assert "a weight of 0.9 instead of 0.5 takes recall from {:.2f} to {:.2f}".format(*ends) in said
    shown = sum(cell.differences["roc_auc"].p_holm <= 0.05 for cell in found.verdict.cells if cell.differences)
    assert f"Of 2 handlings {shown} differ" in captions.forest(found) and shown
    recall, wrong = (100 * found.best.point[of].value for of in ("recall", "false_positive_rate"))
    assert f"{recall:.0f} % of dog and {wrong:.0f} % of cat lie to the right" in captions.scores(found)


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([0.9, 0.6, 0.3], "still falls in the last of 3 epochs."),
        ([0.9, 0.2, 0.3], "is least after epoch 2 of 3 and 50 % higher at the end"),
        ([0.9, 0.0, 0.3], "is least after epoch 2 of 3 and 0.3 higher at the end"),
        ([0.9, 0.2, math.nan], "still falls in the last of 2 epochs."),
        ([0.9], "whatever came before."),
        ([math.nan] * 3, "whatever came before."),
    ],
)
def test_learning_is_told_whatever_the_losses(judged: Make, losses: list[float], said: str) -> None:
    found = judged(cells=PAIR)
    first = found.curves[found.curves["epoch"] <= len(losses)]
    told = captions.learning(replace(found, curves=first.assign(**{"val/loss": losses * (len(first) // len(losses))})))
    assert told.startswith("The last epoch counts") and said in told and "nan" not in told


def test_heads_alone_which_are_solved_have_no_learning_curves(judged: Make) -> None:
    solved = {"features · none": 0.0, "features · weights 0.8": 1.0}
    assert learning_curves.metrics(judged(cells=solved)) == []
    assert "val/loss" in learning_curves.metrics(judged(cells=solved | {"sound · none": 0.0}))
