"""A report whose classes, images and slices have hostile names, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile

from steelyard.tasks.report.page import render

DRAWN = "document.body && document.body.dataset.drawn === String(document.querySelectorAll('.drawing').length)"

HOVERED = """(() => {
    const axes = document.querySelector('#later-classes .axes');
    Plotly.Fx.hover(axes, [{curveNumber: 0, pointNumber: axes._fullData[0].y.findIndex((share) => share > 0)}]);
    return axes.querySelector('.hovertext').textContent;
})()"""


def test_no_script_of_a_name_runs_and_every_figure_is_drawn_in_the_width_of_a_phone(
    browser: Callable[..., Any], tmp_path: Path
) -> None:
    name = " ".join(hostile.NAMES.values())
    file, page = tmp_path / "report.html", browser(offline=True)
    file.write_text(render.render([hostile.called(name), hostile.called(f"{name} again")]), encoding="utf-8")
    page.seen_as(390, 844)
    page.open(file.as_uri())
    page.until(DRAWN)
    assert page.js("typeof window.ran") == "undefined"
    assert page.errors() == []
    assert page.requested() == [file.as_uri()]
    drawn = page.js("[...document.querySelectorAll('.axes')].map((axes) => axes.querySelectorAll('.main-svg').length)")
    assert len(drawn) > 20 and min(drawn) > 0
    assert page.js("document.documentElement.scrollWidth") <= 390
    heading = page.js("document.querySelector('#later-top h1').textContent")
    assert heading.count(hostile.NAMES["tags"]) == 3, "source and both classes"
    # Plotly shows the name as it is written: neither its tags nor its variables are read, and no TeX is set.
    hovered = page.js(HOVERED)
    for kind in ("tags", "plotly", "entities", "tex"):
        assert hostile.NAMES[kind] in hovered, hovered
