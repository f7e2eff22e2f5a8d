"""What every figure of a report declares, of sweeps of both kinds."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import kept_classes
import matplotlib
import pytest

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures import canvas
from steelyard.tasks.report.figures.registry import FIGURES, drawn

PLANES = {
    "recall @ precision >= 0.5": "precision: share of alarms that are right",
    "recall @ false_positive_rate <= 0.1": "false-positive rate: share of cat with an alarm",
    "balanced_accuracy": "false-positive rate: share of cat with an alarm",
}
"""Objectives, and an axis of what stands at the head of the page."""


def test_no_two_figures_share_an_address() -> None:
    assert len({figure.key for figure in FIGURES}) == len(FIGURES)


@pytest.mark.parametrize("wish", PLANES)
def test_the_recommended_point_stands_at_the_head_in_the_plane_that_the_objective_is_about(
    judged: Callable[..., Dossier], wish: str
) -> None:
    found = drawn(judged(wish))
    [head] = found["hero"]
    assert head.key == "point" and all(PLANES[wish] in drawing for drawing in head.plots[0].drawn("point"))
    assert {figure.key for figure in found["details"]} == {"weights", "pr", "roc", "learning", "classes", "reliability"}
    assert [figure.key for figure in found["sure"]] == ["forest"] and found["images"] == []


def test_a_figure_is_left_out_where_it_does_not_apply(judged: Callable[..., Dossier]) -> None:
    one, several = judged(cells={"none": 0.0}), kept_classes.kept(cells={"none": 0.0, "balanced": 0.5})
    places: list[dict[Any, Any]] = [drawn(one), drawn(several)]
    keys = [{figure.key for figures in found.values() for figure in figures} for found in places]
    assert keys == [{"point", "pr", "roc", "learning", "classes", "reliability"}, KEYS_OF_CLASSES]
    for figure in (figure for found in places for figures in found.values() for figure in figures):
        assert figure.plots and figure.caption.endswith(".") and all(plot.says for plot in figure.plots)


KEYS_OF_CLASSES = {"cells-on-test", "recalls", "confusion", "forest", "learning", "effects"}


def test_a_plot_is_drawn_the_same_twice_and_from_many_threads_at_once(judged: Callable[..., Dossier]) -> None:
    found = judged()
    before = {name: matplotlib.rcParams[name] for name in canvas.RULES}
    plots = [plot for figures in drawn(found).values() for figure in figures for plot in figure.plots]
    once, anew = [plot.drawn("key") for plot in plots], [replace(plot, made={}) for plot in plots]
    with ThreadPoolExecutor(4) as threads:
        again = [*threads.map(lambda plot: plot.drawn("key"), anew)]
    assert again == once and all(plot.drawn("key") is of for plot, of in zip(plots, once, strict=True))
    assert {name: matplotlib.rcParams[name] for name in canvas.RULES} == before, "a notebook's own settings"


@pytest.mark.parametrize("settings", [{"text.usetex": True, "figure.facecolor": "black"}, {"font.size": 40}])
def test_a_notebooks_settings_change_no_drawing(judged: Callable[..., Dossier], settings: dict[str, Any]) -> None:
    [figure] = drawn(judged())["hero"]
    plain = [*figure.plots[0].drawn("key")]
    with matplotlib.rc_context(settings):
        assert replace(figure.plots[0], made={}).drawn("key") == plain


def test_every_text_of_a_drawing_lies_within_it(judged: Callable[..., Dossier]) -> None:
    for plot in (plot for figures in drawn(judged()).values() for figure in figures for plot in figure.plots):
        for drawing in plot.drawn("key"):
            width, height = map(int, re.findall(r'viewBox="0 0 (\d+) (\d+)"', drawing)[0])
            places = [(float(x), float(y)) for x, y in re.findall(r'<text [^>]*x="([\d.-]+)" y="([\d.-]+)"', drawing)]
            assert places and all(0 <= x <= width and 0 < y <= height for x, y in places)
