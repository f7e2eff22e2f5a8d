"""The page of a report, read as text: it says numbers that are numbers, fetches nothing, and takes any name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import reading

from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.error_counts import Thousand
from steelyard.models.words.phrases import figures
from steelyard.tasks.report.page import render

Make = Callable[..., Dossier]

PAIR = {"none": 0.0, "weights 0.8": 0.0}
RECIPES = {
    f"{recipe} · {cell}": 0.0 for recipe in ("features", "sound") for cell in ("none", "weights 0.8", "upsample")
}
ALL_FAILED = [("none", 1), ("none", 2)]
ENDS = dict.fromkeys(["none", "weights 1", "weights 0.99999999", "weights 0.000001"], 0.0)
THIRTY = {"none": 0.0} | {f"weights {weight:.4f}": 0.0 for weight in np.linspace(0.51, 0.99, 29)}


def flat(part: str, cell: str, seed: int) -> tuple[Any, Any]:
    """A network that says the same of every image."""
    labels = np.repeat(np.array([1, 0]), 60)
    return labels, np.full(len(labels), 0.3 if cell == "none" else 0.7)


def perfect(part: str, cell: str, seed: int) -> tuple[Any, Any]:
    """A network that is sure and right."""
    labels = np.repeat(np.array([1, 0]), 60)
    return labels, labels.astype(float)


def wrong(part: str, cell: str, seed: int) -> tuple[Any, Any]:
    """A network that is sure and wrong."""
    labels, scores = perfect(part, cell, seed)
    return labels, 1 - scores


SITUATIONS: dict[str, dict[str, Any]] = {
    **{wish: {"wish": wish} for wish in EXAMPLES},
    **{wish: {"wish": wish, "seeds": [1]} for wish in (f"{wish} at prevalence 0.02" for wish in EXAMPLES[::5])},
    "met": {"wish": "recall @ precision >= 0.3"},
    "lifted": {"cells": {"none": 0.0, "weights 0.8": 3.0, "upsample": 3.0}},
    "lowered": {"cells": {"none": 2.0, "weights 0.8": -1.0}},
    "test chose": {"validate_on": "test"},
    "no baseline": {"failed": ALL_FAILED},
    "no baseline, one weight": {"cells": {"weights 0.8": 0.0}},
    "only the baseline": {"cells": {"none": 0.0}},
    "failed beside finished": {"failed": [("none", 1), ("upsample", 2), ("upsample", 1)]},
    "no shared seed": {"cells": PAIR, "failed": [("none", 1), ("weights 0.8", 2)]},
    "all scores equal": {"scores": flat},
    "all scores equal, f1, one seed": {"scores": flat, "wish": "f1", "seeds": [1]},
    "scores of 0 and 1": {"scores": perfect},
    "scores of 0 and 1, wrong": {"scores": wrong, "wish": "cost fn=10 fp=1"},
    "two recipes": {"cells": RECIPES},
    "two recipes, one seed": {"cells": RECIPES, "seeds": [1]},
    "two recipes, one without a baseline": {"cells": RECIPES, "failed": [("features · none", 1)]},
    "solved heads alone": {"cells": {"features · none": 0.0, "features · weights 0.8": 1.0}},
    "weights at the ends": {"cells": ENDS},
    "a weight of 1 alone": {"cells": {"none": 0.0, "weights 1": 0.0}, "recipe": "tutorial"},
    "two weights of one name": {"cells": {"none": 0.0, "weights 0.80001": 0.0, "weights 0.80002": 2.0}},
    "30 cells": {"cells": THIRTY, "seeds": [1]},
    "no closed form": {"cells": {"none": 0.0, "focal:gamma=2": 0.0, "mixup:alpha=0.2": 0.0, "constant": 0.0}},
    "the largest seeds": {"seeds": [20_260_101, 2**32 - 1]},
    "slices": {"ward": lambda number: f"{number % 3}"},
}


@pytest.fixture(scope="module")
def night(judged: Make) -> Dossier:
    return judged()


def read(*dossiers: Dossier) -> reading.Reading:
    page = reading.Reading(render.render(dossiers))
    assert list(page.problems()) == []
    assert len(page.figures) >= 3 * len(dossiers)
    return page


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_page_of_any_sweep_says_numbers_and_fetches_nothing(judged: Make, night: Dossier, name: str) -> None:
    found = judged(**SITUATIONS[name])
    alone = read(found)
    assert all(f"{trial.cell}{trial.apart}" in alone.text for trial in found.found.trials)
    assert alone.text.count("out of memory") >= len(SITUATIONS[name].get("failed", []))
    both = read(night, found)
    assert "The earlier sweep" in both.text and len(both.figures) > len(alone.figures)


EPOCHS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a single one": lambda table: table[table["epoch"] == 1],
    "none": lambda table: table.iloc[:0],
    "fewer metrics": lambda table: table.drop(columns=["val/loss", "val/roc_auc"]),
    "metrics without a value": lambda table: table.assign(**{"val/loss": np.nan, "val/recall": np.nan}),
    "none of the best cell": lambda table: table[~table["trial_id"].str.startswith("weights")],
    "no last value": lambda table: table.assign(**{"val/loss": table["val/loss"].where(table["epoch"] < 3)}),
    "a loss of 0": lambda table: table.assign(**{"val/loss": np.where(table["epoch"] == 2, 0.0, 0.2)}),
}


@pytest.mark.parametrize("name", EPOCHS)
def test_a_page_shows_what_is_known_of_the_epochs(night: Dossier, name: str) -> None:
    table = EPOCHS[name](night.curves)
    metrics = [of for of in table.columns.drop(["trial_id", "epoch"]) if table[of].notna().any()]
    page = read(replace(night, curves=table))
    drawn = [of for of in page.figures if "epoch" in of.texts]
    assert len(drawn) == len(metrics) and ("Learning curves" in page.text) == bool(metrics)
    # A single epoch makes a mark and no line.
    assert {of.parts["use"] > 0 for of in drawn} == ({name == "a single one"} if metrics else set())


def test_two_weights_of_one_name_have_a_row_each(judged: Make, night: Dossier) -> None:
    found = judged(**SITUATIONS["two weights of one name"])
    for page in (read(found), read(found, judged(**SITUATIONS["two weights of one name"] | {"noise": 0.4}))):
        forests = [of for of in page.figures if {"beside the baseline", "later minus earlier"} & {*of.texts}]
        assert forests
        for of in forests:
            rows = [words for words in of.texts if words in ("weights 0.8", "none")]
            assert len(of.told) == of.parts["use"] == len(rows) and rows.count("weights 0.8") == 2


def test_a_mark_says_whose_it_is_where_it_lies_and_its_interval(judged: Make) -> None:
    found = judged()
    told = [words for of in read(found).figures for words in of.told]
    for cell in found.cells:
        assert any(words.startswith(f"{cell.cell}, argmax: false-positive rate ") for words in told)
        shown = f"{cell.cell} recall {figures(cell.point['recall'])}, precision {figures(cell.point['precision'])}"
        assert (shown in told) == (cell in two(found.cells, found.baseline))


def test_a_small_miss_keeps_its_sign(judged: Make) -> None:
    # Of 60 and 60 images half are positive, and no threshold has a precision of more than 0.5.
    found = judged(wish="recall @ precision >= 0.504", scores=flat)
    assert found.found.trials[0].operating.rank == pytest.approx(-0.004)
    assert "-0.004" in read(found).text


def test_a_trial_says_all_that_is_to_know_of_it_and_a_recipe_its_zeros(night: Dossier) -> None:
    first = night.found.trials[0].model_copy(update={"flags": ("calls all", "stands still"), "reused_from": "a" * 32})
    trials = (first, *night.found.trials[1:])
    text = read(replace(night, found=night.found.model_copy(update={"trials": trials}))).text
    assert "calls all; stands still; reused" in text
    assert "split_seed0\n" in text


def test_a_thousand_marks_are_a_thousand_images_and_each_kind_is_counted(judged: Make) -> None:
    for scores in (None, perfect):
        found = judged(scores=scores)
        drawn = [of for of in read(found).figures if any(words.endswith(" dog found") for words in of.texts)]
        counts = Thousand.of(found.best, found.verdict.prevalence).dots()
        # One more mark of each kind stands before its words.
        assert [of.parts["use"] for of in drawn] == [1000 + 4] * 2
        assert [int(words.split()[0]) for words in drawn[0].texts] == list(counts)
