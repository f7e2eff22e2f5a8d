"""The page of a report, read as text: it says numbers that are numbers, fetches nothing, and takes any name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import kept_classes
import numpy as np
import pytest
import reading

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.threshold_slider import slider

Make = Callable[..., Dossier]

PAIR = {"none": 0.0, "weights 0.8": 0.0}
RECIPES = {
    f"{recipe} · {cell}": 0.0 for recipe in ("features", "sound") for cell in ("none", "weights 0.8", "upsample")
}


def flat(part: str, cell: str, seed: int) -> tuple[Any, Any]:
    """A network that says the same of every image."""
    labels = np.repeat(np.array([1, 0]), 60)
    return labels, np.full(len(labels), 0.3 if cell == "none" else 0.7)


def wrong(part: str, cell: str, seed: int) -> tuple[Any, Any]:
    """A network that is sure and wrong."""
    labels = np.repeat(np.array([1, 0]), 60)
    return labels, 1 - labels.astype(float)


SITUATIONS: dict[str, dict[str, Any]] = {
    "met": {"wish": "recall @ precision >= 0.3"},
    "a prevalence": {"wish": "recall @ precision >= 0.7 at prevalence 0.02", "seeds": [1]},
    "of the curve": {"wish": "average_precision"},
    "cost": {"wish": "cost fn=10 fp=1"},
    "lifted": {"cells": {"none": 0.0, "weights 0.8": 3.0, "upsample": 3.0}},
    "no baseline": {"failed": [("none", 1), ("none", 2)]},
    "only the baseline": {"cells": {"none": 0.0}},
    "failed beside finished": {"failed": [("none", 1), ("upsample", 2), ("upsample", 1)]},
    "all scores equal": {"scores": flat},
    "scores of 0 and 1, wrong": {"scores": wrong, "wish": "f1"},
    "two recipes": {"cells": RECIPES},
    "solved heads alone": {"cells": {"features · none": 0.0, "features · weights 0.8": 1.0}},
    "two weights of one name": {"cells": {"none": 0.0, "weights 0.80001": 0.0, "weights 0.80002": 2.0}},
    "30 cells": {"cells": {"none": 0.0} | {f"weights 0.{of}": 0.0 for of in range(51, 80)}, "seeds": [1]},
    "no closed form": {"cells": {"none": 0.0, "focal:gamma=2": 0.0, "mixup:alpha=0.2": 0.0}},
    "slices": {"ward": lambda number: f"{number % 3}"},
}


@pytest.fixture(scope="module")
def night(judged: Make) -> Dossier:
    return judged()


def read(*dossiers: Dossier) -> reading.Reading:
    page = reading.Reading(render.render(dossiers))
    assert list(page.problems()) == []
    return page


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_page_of_any_sweep_says_numbers_and_fetches_nothing(judged: Make, night: Dossier, name: str) -> None:
    found = judged(**SITUATIONS[name])
    alone = read(found)
    assert [of.kind for of in alone.figures] == ["wide", "narrow"]
    assert all(f"{trial.cell}{trial.apart}" in alone.text for trial in found.found.trials)
    assert alone.text.count("out of memory") >= len(SITUATIONS[name].get("failed", []))


@pytest.mark.parametrize("wish", ["balanced_accuracy", "f1 of dog", "recall of dog @ precision >= 0.6"])
@pytest.mark.parametrize("classes", [4, 24])
def test_a_page_of_k_classes_has_a_row_for_each_and_one_plane_where_one_is_wanted(wish: str, classes: int) -> None:
    names = ("dog", *(f"breed {number}" for number in range(classes - 1)))
    found = kept_classes.kept(names=names, train=tuple(range(40, 40 + classes)), sizes=[12] * classes, wish=wish)
    page = read(found)
    assert len(page.figures) == 2 * (" of " in wish) and all(name in page.text for name in names)
    assert ("What each class is called" in page.text) == (classes <= 20)


@pytest.mark.parametrize(
    "given",
    [
        {"sizes": (30, 0, 30, 30)},
        {"train": (50, 40, 30, 0)},
        {"failed": [("none", 1), ("none", 2)]},
        {"wish": "recall of dog @ precision >= 0.999"},
    ],
    ids=["a class that test lacks", "a class that train lacks", "no baseline", "out of reach"],
)
def test_a_page_of_k_classes_is_made_whatever_is_missing(given: dict[str, Any]) -> None:
    assert "All trials" in read(kept_classes.kept(**given)).text


def test_two_sweeps_open_with_what_changed(judged: Make, night: Dossier) -> None:
    page = read(night, judged(noise=0.4))
    assert "What changed" in page.text and "The earlier sweep" in page.text and len(page.figures) == 4


def test_a_trial_says_all_that_is_to_know_of_it_and_a_recipe_its_zeros(night: Dossier) -> None:
    first = night.found.trials[0].model_copy(update={"flags": ("calls all", "stands still"), "reused_from": "a" * 32})
    trials = (first, *night.found.trials[1:])
    text = read(replace(night, found=night.found.model_copy(update={"trials": trials}))).text
    assert "calls all; stands still; reused" in text
    assert "split_seed0\n" in text


def test_the_slider_has_few_steps_and_its_lines_a_point_for_each(night: Dossier) -> None:
    found = slider(night)
    assert found is not None and found.limit == 50
    points = [path.count("L") + 1 for path in found.paths]
    assert points[0] == points[2] == len(found.steps) <= 200 and points[1] <= points[0]
    assert found.steps[0][1:] == ("100", found.steps[0].precision, "100")
    assert found.steps[-1] == ("1", "0", "–", "0")
    assert slider(kept_classes.kept()) is None
