"""The report of a sweep in which every class counts, opened from disk by a real browser that reaches no network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile
import kept_classes

from steelyard.tasks.report.page import render

READ = "document.readyState === 'complete' && document.querySelector('footer')"

MARKS = """[...document.querySelectorAll('.drawing')].map((place) => ({
    figure: place.closest('figure').id,
    marks: [...place.querySelectorAll('use, path, image')].filter((one) => one.getBoundingClientRect().width).length,
}))"""


def test_every_figure_is_drawn_in_the_width_of_a_phone_and_no_name_of_a_class_is_read(
    browser: Callable[..., Any], tmp_path: Path
) -> None:
    name = " ".join(hostile.NAMES.values())
    names = (name, f"{name} too", hostile.NAMES["tags"], hostile.NAMES["variables"])
    cells = {"none": 0.0, "balanced": 0.5, "deferred": 1.0, f"weights:{name}=4": 1.5, "focal:gamma=2": 0.2}
    file, page = tmp_path / "report.html", browser(offline=True)
    file.write_text(render.render([kept_classes.kept(cells, names=names)]), encoding="utf-8")
    page.seen_as(390, 844, prefers_color_scheme="dark")
    page.open(file.as_uri())
    page.until(READ)
    plots = page.js(MARKS)
    figures = {"cells-on-test", "recalls", "shades", "confusion", "forest", "learning", "effects"}
    assert {plot["figure"] for plot in plots} == figures
    assert all(plot["marks"] > 0 for plot in plots), plots
    assert page.js("typeof window.ran") == "undefined"
    assert page.errors() == [] and page.requested() == [file.as_uri()]
    assert page.js("document.documentElement.scrollWidth") <= 390
    ticks = page.js("[...document.querySelectorAll('#recalls .narrow text')].map((text) => text.textContent)")
    names = sorted(tick[:9] for tick in ticks if tick[0] in "%<")
    assert names == ["%{x} %{cu", *3 * ["<img src="]], "as they are written, and cut"
