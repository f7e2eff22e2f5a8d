"""The page of a sweep in which every class counts, read as text: what it says, and that it takes any name and size."""

import re
from typing import Any

import hostile
import kept_classes
import numpy as np
import pytest
import reading

from steelyard.models.errors import BadInput
from steelyard.models.report import error_counts, wrong_images
from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.page import render

HUNDRED = tuple(f"class {number:03}" for number in range(100))
RECIPES = {f"{recipe} · {cell}": 0.0 for recipe in ("features", "sound") for cell in ("none", "balanced", "upsample")}
MANY = {f"weights:power={number / 10}": 0.1 * number for number in range(1, 25)}

SITUATIONS: dict[str, dict[str, Any]] = {
    "four classes": {},
    "one seed": {"seeds": [1]},
    "a class to find": {"wish": "recall of dog @ precision >= 0.6"},
    "a class to find, out of reach": {"wish": "recall of dog @ precision >= 0.999"},
    "only the baseline": {"cells": {"none": 0.0}},
    "no baseline": {"failed": [("none", 1), ("none", 2)]},
    "no shared seed": {"cells": {"none": 0.0, "balanced": 1.0}, "failed": [("none", 1), ("balanced", 2)]},
    "as many images of each": {"train": (50, 50, 50, 50)},
    "a class that test lacks": {"sizes": (30, 0, 30, 30)},
    "a class that train lacks": {"train": (50, 40, 30, 0)},
    "two recipes": {"cells": RECIPES},
    "two recipes, a class to find": {"cells": RECIPES, "wish": "recall of dog @ precision >= 0.6", "seeds": [1]},
    "25 cells": {"cells": {"none": 0.0} | MANY, "seeds": [1]},
    "100 classes": {"names": HUNDRED, "train": tuple(range(200, 0, -2)), "sizes": [4] * 100},
}


def read(dossier: Dossier) -> reading.Reading:
    page = reading.Reading(render.render([dossier]))
    assert list(page.problems()) == []
    return page


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_situation_has_a_page_whose_numbers_are_numbers(name: str) -> None:
    page = read(kept_classes.kept(**SITUATIONS[name]))
    assert len(page.figures) >= 5
    assert "The cells on test" in page.text and "All trials" in page.text


def test_a_dot_stands_for_each_seed_and_a_line_of_the_axis_for_each_class_with_its_images() -> None:
    found = kept_classes.kept(seeds=(1, 2, 3))
    cells, narrow, classes, *_ = read(found).figures
    assert (cells.kind, narrow.kind) == ("wide", "narrow")
    for drawn in (cells, narrow):
        assert drawn.parts["use"] == 4 * (1 + 3)
        assert all(len(re.findall(r"0\.\d{3}", words)) == 3 for words in drawn.told)
    assert [words for words in classes.texts if "·" in words] == ["ant · 1,000", "bee · 300", "cat · 100", "dog · 30"]


def test_of_100_classes_the_ends_are_drawn_and_the_pairs_that_are_taken_for_each_other_are_told() -> None:
    found = kept_classes.kept(**SITUATIONS["100 classes"])
    page = read(found)
    ticks = [words for words in page.figures[2].texts if words.startswith("class ") or words.endswith(" more")]
    assert len(ticks) == 41 and "60 more" in ticks and ticks[0] == "class 000 · 200"
    assert "What each class is called" not in page.text
    pair = error_counts.pairs(found)[0]
    assert f"Classes that the network with {found.best.cell} takes for another" in page.text
    assert pair.images == np.max(np.array(found.best.confusion) * (1 - np.eye(100)))


def test_a_thousand_classes_have_a_page_of_a_few_megabytes() -> None:
    names = tuple(f"class {number}" for number in range(1000))
    found = kept_classes.kept({"none": 0.0, "balanced": 1.0}, (1,), names, tuple(range(2000, 0, -2)), [2] * 1000)
    page = render.render([found])
    assert len(page) < 2e6
    assert "All 1000 classes" in page


def test_the_surest_mistakes_come_first_and_are_mistakes() -> None:
    found = kept_classes.kept(seeds=(1, 2, 3))
    table = wrong_images.wrong(found)
    assert (table["label"] != table["called"]).all() and table["id"].is_unique
    sums = table["score"] * table["seeds"]
    assert (np.diff(sums) <= 1e-6).all()
    shown = read(found).text
    assert f"all {len(table)}, with the score" in shown


@pytest.mark.parametrize("kind", hostile.NAMES)
def test_a_hostile_name_is_text_and_no_markup(kind: str) -> None:
    plain, name = "a plain name", hostile.NAMES[kind]

    def page(called: str) -> reading.Reading:
        names = (called, f"{called} too", "cat", "dog")
        weights = f"weights:{called}=4"
        return read(kept_classes.kept({"none": 0.0, weights: 1.0}, names=names, data=f"folder:{called}"))

    assert page(name).skeleton == page(plain).skeleton


def test_a_sweep_of_every_class_is_joined_with_none_of_the_other_kind(judged: Any) -> None:
    several, one = kept_classes.kept(), judged()
    assert isinstance(one, Dossier)
    for both in ([several, one], [one, several]):
        with pytest.raises(BadInput, match="give each alone"):
            render.render(both)
