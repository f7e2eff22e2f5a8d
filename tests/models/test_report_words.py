"""What a report says in words, against the numbers of its verdict."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import Dossier
from steelyard.models.train.head import STOPS
from steelyard.models.words import report_captions as captions
from steelyard.models.words.phrases import constraint, measured
from steelyard.models.words.report_answer import answer

Make = Callable[..., Dossier]

PAIR = {"none": 0.0, "weights 0.8": 0.0}
EASY, HARD = 5.0, -1.0
LIFTED = {"none": 0.0, "weights 0.8": 3.0, "upsample": 3.0, "focal:gamma=2": 3.0, "weights 0.9": 3.0}


def apart(part: str, seed: int, val: float, test: float) -> tuple[Any, Any]:
    """Positives this far above negatives, in log odds."""
    labels = np.repeat(np.array([1, 0]), {"val": (40, 160), "test": (50, 170)}[part])
    noise = np.random.default_rng([seed, len(part)]).standard_normal(len(labels))
    return labels, 1 / (1 + np.exp(-noise - (val if part == "val" else test) * labels))


def otherwise(part: str, cell: str, seed: int) -> tuple[Any, Any]:
    """Test is nothing like val."""
    return apart(part, seed, EASY, HARD)


def silent(part: str, cell: str, seed: int) -> tuple[Any, Any]:
    """Every image scores the same with seed 2, so that no threshold finds anything."""
    labels, scores = apart(part, seed, 2.0, 2.0)
    return labels, np.full_like(scores, 0.3) if seed == 2 else scores


HELD, MISSED, OPEN = (
    "On test {} holds",
    "On test {} does not hold",
    "Whether {} holds is undecided",
)
SAME = "none of {} is shown to do more than another threshold on the unweighted network does"
ONE = "the one handling compared is not shown to do more than another threshold on the unweighted network does"
FAILED = [("none", 1), ("weights 0.8", 2)]
SITUATIONS: dict[str, tuple[dict[str, Any], str, str]] = {
    "feasible": ({"wish": "recall @ precision >= 0.3", "cells": PAIR}, HELD, ""),
    "infeasible": ({"cells": PAIR, "scores": otherwise}, MISSED, ONE),
    "undecided": ({"cells": PAIR}, OPEN, ""),
    "out of reach": ({"scores": silent}, "No threshold met {} on val in 1 of 2 seeds", SAME.format("2 handlings")),
    "all out of reach": ({"scores": silent, "seeds": [2]}, "No threshold met {} on val in 1 of 1 seed", ""),
    "no constraint": ({"wish": "f1", "cells": PAIR}, "", "lifted"),
    "baseline best": ({"cells": {"none": 2.0, "weights 0.8": 0.0}}, HELD, f"{ONE}; weights 0.8"),
    "lifted": ({"cells": LIFTED}, HELD, "and 1 more lifted the curve of the unweighted network, of 4 handlings"),
    "both": ({"cells": {"none": 1.0, "weights 0.8": -1.0, "upsample": 4.0}}, HELD, "; weights 0.8 lowered its curve."),
    "no baseline": ({"failed": [("none", 1), ("none", 2)]}, OPEN, "as no trial of the unweighted network finished."),
    "only the baseline": ({"cells": {"none": 0.0}}, OPEN, "there is no handling beside the unweighted network"),
    "no shared seed": ({"cells": PAIR, "failed": FAILED}, OPEN, "as none has a finished seed that the unweighted"),
    "one seed": ({"seeds": [7]}, OPEN, SAME.format("2 handlings")),
    "test chose": ({"validate_on": "test"}, OPEN, ""),
    "a prevalence": ({"wish": "recall @ precision >= 0.5 at prevalence 0.02"}, OPEN, ""),
}


def words_of(found: Dossier) -> list[str]:
    return [
        *answer(found),
        captions.curves(found),
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


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_answer_is_two_sentences_that_say_the_situation(judged: Make, name: str) -> None:
    asked, met, did = SITUATIONS[name]
    found = judged(**asked)
    what, whether = answer(found)
    assert plain(what) and plain(whether), (what, whether)
    assert whether.startswith(met.format(constraint(found.objective))) and did in whether, whether
    assert ("the unweighted network finds" in what) == (found.best is found.baseline)
    chosen = ["that val chose.", "that val chose for them.", "that test itself chose for them."]
    assert what.endswith("at argmax." if name == "all out of reach" else tuple(chosen))
    for each in found.best.thresholds:
        assert f"{each.value:.3g}" in what or not each.feasible


@pytest.mark.parametrize("wish", [*EXAMPLES, *(f"{wish} at prevalence 0.02" for wish in EXAMPLES)])
def test_the_numbers_of_the_answer_are_those_of_the_verdict(judged: Make, wish: str) -> None:
    found = judged(wish)
    what, whether = answer(found)
    assert plain(what) and plain(whether)
    for metric, said in (("recall", r"finds (.+?\))"), ("precision", r"of 100 alarms (.+?\))")):
        own = found.best.point[metric]
        told = re.search(said, what)
        assert told and numbers(told[1]) == pytest.approx([100 * own.value, 100 * own.low, 100 * own.high], abs=0.51)
    assert f"right where {100 * found.verdict.prevalence:.3g} % of the images are dog" in what
    assert all(f"{each.value:.3g}" in what for each in found.best.thresholds if each.feasible)
    metric = found.objective.metric
    if metric not in ("recall", "precision"):
        own = (found.best.areas if metric == "average_precision" else found.best.point)[metric]
        assert f", {measured(metric, own)}: on test" in what
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
    ) in captions.curves(found)
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


def test_heads_are_told_at_the_iterations_at_which_their_solver_stops(judged: Make) -> None:
    found = judged(cells={"features · none": 0.0, "features · weights 0.8": 1.0})
    epochs = (*STOPS, 90)
    rows = [{"trial_id": trial.trial_id, "epoch": epoch} for trial in found.finished for epoch in epochs]
    told = captions.learning(replace(found, curves=pd.DataFrame(rows)))
    assert told.startswith("Heads after iteration 1, 4, 16, 64 and the last one of their solver, which counts.")
