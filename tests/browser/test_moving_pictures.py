"""The pictures of a report that people move, in a real browser: the threshold, the map, what the network looks at."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mapped
import numpy as np
import patience
import pytest

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report import saliency_pictures
from steelyard.tasks.report.page import render

Make = Callable[..., Dossier]

TOLD = "[...document.querySelectorAll('.threshold [data-is]')].map((each) => each.textContent)"
MOVED = "(() => {{ const it = document.querySelector('.threshold input'); it.value = {}; it.dispatchEvent(new Event('input', {{bubbles: true}})) }})()"  # noqa: E501
TIP = "document.querySelector('.tip:not([hidden]) .told')"


@pytest.fixture
def page(judged: Make, browser: Callable[..., Any], tmp_path: Path) -> Any:
    found = mapped.mapped(judged(seeds=[1], wish="recall @ precision >= 0.3"))
    maps, pictures = np.zeros((len(found.gallery), 32, 32), np.float32), found.gallery["picture"].tolist()
    maps[:, 4, 4] = 1
    seen = saliency_pictures.laid_over(maps, pictures, None)
    file = tmp_path / "report.html"
    file.write_text(render.render([replace(found, gallery=found.gallery.assign(saliency=seen))]), encoding="utf-8")
    opened = browser(offline=True)
    opened.open(file.as_uri())
    opened.until("document.readyState === 'complete'")
    return opened


def test_the_slider_shows_what_another_threshold_brings_and_says_that_looking_at_test_flatters(page: Any) -> None:
    chosen = page.js(TOLD)
    assert page.js("document.querySelector('.threshold .moved').hidden")
    page.js(MOVED.format(0))
    assert page.js(TOLD)[:3] != chosen[:3] and page.js(TOLD)[0] == "100"
    assert not page.js("document.querySelector('.threshold .moved').hidden")
    assert "looks better than it is" in page.js("document.querySelector('.threshold .status').innerText")
    page.js("document.querySelector('.threshold .back').click()")
    assert page.js(TOLD) == chosen
    assert page.errors() == []


def test_the_line_of_the_slider_stands_above_its_thumb(page: Any) -> None:
    for width in (1280, 390):
        page.seen_as(width, 844)
        for place in (0, 57, 120):
            page.js(MOVED.format(place))
            line, left, wide = page.js(
                "(() => { const [now, input] = ['.graph .now', '.threshold input'].map((s) => document.querySelector(s)"
                ".getBoundingClientRect()); return [now.left + now.width / 2, input.left, input.width]; })()"
            )
            last = page.js("Number(document.querySelector('.threshold input').max)")
            assert line == pytest.approx(left + 9 + (wide - 18) * place / last, abs=2)
    assert page.js("document.documentElement.scrollWidth") <= 390


def test_pointing_at_the_map_shows_the_image_and_the_arrow_keys_go_through_the_errors(page: Any) -> None:
    page.seen_as(1280, 900)
    page.js("document.querySelector('.field').scrollIntoView({block: 'center', behavior: 'instant'})")
    spot = page.js(
        "(() => { const f = document.querySelector('.field'), b = f.getBoundingClientRect(), [x, y] ="
        " JSON.parse(f.closest('figure').dataset.points)[7]; return [b.left + b.width * x / 1000, b.top + b.height * y / 600]; })()"  # noqa: E501
    )
    deadline = time.monotonic() + patience.SECONDS
    while not page.js(f"Boolean({TIP})") and time.monotonic() < deadline:
        # A page that is still busy does not see a pointer that moves once.
        page.call("Input.dispatchMouseEvent", type="mouseMoved", x=5, y=5)
        page.call("Input.dispatchMouseEvent", type="mouseMoved", x=spot[0], y=spot[1])
    assert page.js("JSON.parse(document.querySelector('.map').dataset.ids)[7]") in page.js(f"{TIP}.textContent")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=5, y=5)
    page.until(f"!{TIP}")
    page.js("document.querySelector('.field').focus()")
    page.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight", code="ArrowRight", windowsVirtualKeyCode=39)
    page.until(TIP)
    assert ", called " in page.js(f"{TIP}.textContent")
    for width in (1280, 390):
        page.seen_as(width, 844)
        page.until(f"document.documentElement.scrollWidth <= {width}")
    assert page.errors() == []


def test_one_switch_lays_what_the_network_looks_at_over_all_pictures_and_over_the_larger_one(page: Any) -> None:
    opacity = "[...document.querySelectorAll('{} img.seen')].map((img) => Number(getComputedStyle(img).opacity))"
    assert max(page.js(opacity.format(".gallery"))) == 0
    page.js("document.querySelector('.show-seen').click()")
    page.until(f"Math.min(...{opacity.format('.gallery')}) > 0.8")
    page.js("document.querySelector('.enlarge').click()")
    page.until(f"Math.min(...{opacity.format('dialog.larger')}) > 0.8")
    boxes = page.js(
        "[...document.querySelectorAll('dialog.larger img')].map((img) => img.getBoundingClientRect())"
        ".map((box) => [box.left, box.top, box.width, box.height])"
    )
    assert boxes[0] == pytest.approx(boxes[1], abs=1)
    assert page.errors() == [] and len(page.requested()) == 1
