"""A report whose classes, images and slices have hostile names, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile

from steelyard.tasks.report.page import render

READ = "document.readyState === 'complete' && document.querySelector('footer')"


def test_no_script_of_a_name_runs_and_every_figure_is_drawn_in_the_width_of_a_phone(
    browser: Callable[..., Any], tmp_path: Path
) -> None:
    name = " ".join(hostile.NAMES.values())
    file, page = tmp_path / "report.html", browser(offline=True)
    file.write_text(render.render([hostile.called(name), hostile.called(f"{name} again")]), encoding="utf-8")
    page.seen_as(390, 844)
    page.open(file.as_uri())
    page.until(READ)
    assert page.js("typeof window.ran") == "undefined"
    assert page.errors() == []
    assert page.requested() == [file.as_uri()]
    drawn = page.js("[...document.querySelectorAll('.drawing')].map((place) => place.querySelectorAll('svg').length)")
    assert drawn == [2, 2]
    assert page.js("document.documentElement.scrollWidth") <= 390
    heading = page.js("document.querySelector('#later-top h1').textContent")
    assert heading.count(hostile.NAMES["tags"]) == 3, "source and both classes"
    # Drawn as it is written, as much of it as there is room for: no TeX is set and no tag is read.
    written = page.js("[...document.querySelectorAll('#later-plane text')].map((text) => text.textContent)")
    assert f"recall: share of {name[:14]}… that is found" in written
