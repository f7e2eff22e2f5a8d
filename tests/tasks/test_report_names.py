"""Names that users choose are never more than text in a report."""

import shlex
from dataclasses import replace
from typing import Any

import hostile
import pytest
import reading

from steelyard.flows.command_line import app
from steelyard.models.names import cut, printable
from steelyard.models.spec.sweep import Sweep
from steelyard.models.words.phrases import quoted
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.sweep_view import View


@pytest.fixture(scope="module")
def plain() -> reading.Reading:
    return reading.Reading(render.render([hostile.called("dog")]))


@pytest.fixture(scope="module", params=hostile.NAMES)
def named(request: pytest.FixtureRequest) -> tuple[str, reading.Reading]:
    """A hostile name, in one line as every source makes it, and a page that is full of it."""
    name = printable(hostile.NAMES[request.param])
    return name, reading.Reading(render.render([hostile.called(name)]))


def test_no_name_adds_or_changes_an_element(plain: reading.Reading, named: tuple[str, reading.Reading]) -> None:
    name, page = named
    assert page.skeleton == plain.skeleton
    assert list(page.problems()) == []
    # Classes in a heading, an image, a slice, a finding, a flag, and why a trial failed.
    for said in (f"{name} that it misses", f"{name}/0.png", f"ward {name} 0", f"{name} twice"):
        assert said in page.text, said
    assert f"trials: {name}" in page.text and f"seed 3: {name}" in page.text


def test_a_name_is_drawn_as_it_is_written_neither_as_a_tag_nor_as_tex(named: tuple[str, reading.Reading]) -> None:
    name, page = named
    drawn = [words for of in page.figures for words in of.texts]
    assert f"recall: share of {cut(quoted(name), 15)} that is found" in drawn


def test_no_name_adds_an_element_where_two_sweeps_are_compared() -> None:
    plain, page = (
        reading.Reading(render.render([hostile.called(name), hostile.called(f"{name} now")]))
        for name in ("dog", " ".join(hostile.NAMES.values()))
    )
    assert page.skeleton == plain.skeleton
    assert list(page.problems()) == []


SPECS: tuple[dict[str, Any], ...] = (
    *({"positive": name, "data": f"folder:{name}"} for name in hostile.NAMES.values()),
    {"positive": "dog", "recipe": "tutorial", "softmax_twice": False, "frozen_batchnorm": True},
    {"positive": "-1", "negative": "true", "imbalance": 0.0, "skip_unusable": True},
    {"positive": "-1", "recipe": "features,sound", "learning_rate": 1e-7, "backbone": "resnet18", "views": 1},
)


@pytest.mark.parametrize("given", SPECS, ids=lambda given: given["positive"][:12].encode().hex())
def test_the_command_that_a_page_shows_asks_for_the_same_sweep(given: dict[str, Any]) -> None:
    command = View(replace(hostile.called("dog"), spec=Sweep(**given))).command
    program, *words = shlex.split(command)
    assert program == "steelyard"
    _, bound, *_ = app.parse_args(words, exit_on_error=False, print_error=False)
    assert bound.arguments["spec"] == Sweep(**given)
