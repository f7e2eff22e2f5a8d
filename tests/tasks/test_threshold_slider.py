"""The slider of a report, read as text; a browser moves it in tests/browser."""

from collections.abc import Callable

import kept_classes
import pytest
import reading

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.threshold_slider import slider

Make = Callable[..., Dossier]


def test_its_steps_are_few_numbers_and_its_lines_have_a_point_for_each(judged: Make) -> None:
    found = slider(judged(wish="recall @ precision >= 0.5"))
    assert found is not None and found.limit == 50
    points = [path.count("L") + 1 for path in found.paths]
    assert points[0] == points[2] == len(found.steps) <= 200 and points[1] <= points[0]
    assert found.steps[0][1:] == ("100", found.steps[0].precision, "100")
    assert found.steps[-1] == ("1", "0", "–", "0")
    assert (found.ticks[0], found.ticks[-1]) == ("0", "1")


@pytest.mark.parametrize("wish", ["f1", "recall @ false_positive_rate <= 0.1", "average_precision"])
def test_a_wish_that_limits_neither_line_draws_no_limit(judged: Make, wish: str) -> None:
    found = slider(judged(wish=wish))
    assert found is not None and found.limit is None


def test_the_page_opens_at_the_chosen_threshold_and_says_that_looking_at_test_flatters(judged: Make) -> None:
    page = reading.Reading(render.render([judged(wish="recall @ precision >= 0.3", seeds=[1])]))
    assert list(page.problems()) == []
    figure = next(of for tag, of in page.tags if of.get("class") == "threshold")
    value = next(of for tag, of in page.tags if tag == "input" and of.get("type") == "range")["value"]
    assert figure["data-chosen"] == value
    assert "which val chose" in page.text and "it looks better than it is" in page.text


def test_a_page_of_classes_without_a_threshold_has_no_slider() -> None:
    page = render.render([kept_classes.kept()])
    assert 'id="threshold"' not in page
    assert 'id="threshold"' in render.render([kept_classes.kept(wish="recall of dog @ precision >= 0.6")])
