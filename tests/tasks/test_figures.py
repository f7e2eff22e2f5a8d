"""What every figure of a report declares, of sweeps of both kinds."""

from collections.abc import Callable
from typing import Any

import kept_classes
import pytest

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures.registry import FIGURES, drawn

HEAD = {
    "recall @ precision >= 0.5": ["pr"],
    "recall @ false_positive_rate <= 0.1": ["roc"],
    "balanced_accuracy": ["roc"],
}


def test_no_two_figures_share_an_address() -> None:
    assert len({figure.key for figure in FIGURES}) == len(FIGURES)


@pytest.mark.parametrize("wish", HEAD)
def test_the_curve_that_the_objective_is_about_stands_at_the_head(judged: Callable[..., Dossier], wish: str) -> None:
    found = drawn(judged(wish))
    assert [figure.key for figure in found["hero"]] == HEAD[wish]
    details = {"weights", "pr", "roc", "learning", "classes"} - set(HEAD[wish])
    assert {figure.key for figure in found["details"]} == details
    assert [figure.key for figure in found["sure"]] == ["forest"] and found["images"] == []


def test_a_figure_is_left_out_where_it_does_not_apply(judged: Callable[..., Dossier]) -> None:
    one, several = judged(cells={"none": 0.0}), kept_classes.kept(cells={"none": 0.0, "balanced": 0.5})
    places: list[dict[Any, Any]] = [drawn(one), drawn(several)]
    keys = [{figure.key for figures in found.values() for figure in figures} for found in places]
    assert keys == [{"pr", "roc", "learning", "classes"}, KEYS_OF_CLASSES]
    for figure in (figure for found in places for figures in found.values() for figure in figures):
        assert figure.plots and figure.caption.endswith(".") and all(plot.says for plot in figure.plots)


KEYS_OF_CLASSES = {"cells-on-test", "recalls", "confusion", "forest", "learning", "effects"}
