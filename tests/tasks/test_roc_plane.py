"""The one picture of a sweep: its green part is where the wish holds, whichever wish that is."""

from collections.abc import Callable
from pathlib import Path

import kept_classes
import numpy as np
import pytest
from PIL import Image

from steelyard.models.objective.rates import Rates
from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures.roc_plane import FINE, WIDTHS, picture, write_picture

Make = Callable[..., Dossier]

WISHES = (
    "recall @ precision >= 0.7 at prevalence 0.1",
    "recall @ false_positive_rate <= 0.1",
    "precision @ recall >= 0.8",
    "recall @ alarms <= 300 per 1000 at prevalence 0.3",
)


@pytest.mark.parametrize("wish", WISHES)
def test_the_green_part_is_where_the_constraint_holds_by_brute_force(judged: Make, wish: str) -> None:
    found = judged(wish, seeds=[1])
    drawn, asked = picture(found), found.objective
    assert drawn is not None
    most = drawn.allowed
    assert most is not None
    for wrong in np.linspace(0.003, 0.997, 23):
        at = Rates(FINE[1:], np.full(len(FINE) - 1, wrong), found.verdict.prevalence)
        value = asked.measure(asked.constraint, at)
        holds = value >= asked.limit if asked.at_least else value <= asked.limit
        edge = np.abs(most[1:] - wrong) < 1e-9
        np.testing.assert_array_equal((np.nan_to_num(most[1:], nan=-1) >= wrong)[~edge], holds[~edge])


def test_it_is_written_twice_and_says_its_point_in_words(judged: Make, tmp_path: Path) -> None:
    found = judged()
    write_picture(found, tmp_path)
    with Image.open(tmp_path / "roc_plane.png") as image:
        assert image.width == 2 * WIDTHS["wide"]
    assert "precision ≥ 0.5 holds" in (tmp_path / "roc_plane.svg").read_text()
    drawn = picture(found)
    assert drawn is not None and f"recall {found.best.point['recall'].value:.2f} [" in drawn.says
    assert "The unweighted network at 0.5: recall" in drawn.says


def test_of_k_classes_it_is_of_the_one_that_is_wanted_else_there_is_none(tmp_path: Path) -> None:
    drawn = picture(kept_classes.kept(wish="recall of dog @ precision >= 0.6", seeds=[1]))
    assert drawn is not None and drawn.beside is None and "share of dog" in drawn.svg("key")
    write_picture(kept_classes.kept(seeds=[1]), tmp_path)
    assert not [*tmp_path.iterdir()]
