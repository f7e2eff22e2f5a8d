"""The report of a sweep, opened from disk by a real browser that reaches no network."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steelyard.flows.__main__ import run

FIGURES = {"plane"}

READ = "document.readyState === 'complete' && document.querySelector('footer')"

# Of each plot as it is seen: its figure, its width, how many lines, marks and areas it has, and what it says of itself.
PLOTS = """[...document.querySelectorAll('.drawing')].map((place) => {
    const seen = [...place.querySelectorAll('svg')].filter((one) => one.getBoundingClientRect().width);
    return {
        figure: place.closest('figure').id, seen: seen.length, width: seen[0].getBoundingClientRect().width,
        marks: seen[0].querySelectorAll('path, use').length,
        ink: getComputedStyle(seen[0].querySelector('text')).fill, says: place.getAttribute('aria-label'),
    };
})"""

# Texts of drawings that are small, cut by the edge of their drawing, or lie over another.
ILL_PLACED = """[...document.querySelectorAll('.drawing svg')].filter((one) => one.getBoundingClientRect().width)
    .flatMap((drawing) => {
        const whole = drawing.getBoundingClientRect(), scale = whole.width / drawing.viewBox.baseVal.width;
        const texts = [...drawing.querySelectorAll('text')].map((text) => ({
            words: text.textContent, box: text.getBoundingClientRect(),
            size: scale * parseFloat(getComputedStyle(text).fontSize),
        }));
        const cut = ({box}) => box.left < whole.left - 1 || box.right > whole.right + 1
            || box.bottom > whole.bottom + 1;
        const over = (one, two) => one !== two && one.box.left < two.box.right - 1 && two.box.left < one.box.right - 1
            && one.box.top < two.box.bottom - 3 && two.box.top < one.box.bottom - 3;
        return texts.filter((one) => one.size < 11 || cut(one) || texts.some((two) => over(one, two)))
            .map(({words, size}) => `${drawing.closest('figure').id}: ${words} (${size})`);
    })"""


@pytest.mark.parametrize("trials", [3, 24])
def test_every_figure_is_drawn_from_disk_with_the_network_off(
    trials: int, swept: Callable[[int], Any], browser: Callable[..., Any]
) -> None:
    sweep, page = swept(trials), browser(offline=True)
    page.open(sweep.report.as_uri())
    page.until(READ)
    page.unfold()
    plots = page.js(PLOTS)
    assert {plot["figure"] for plot in plots} == FIGURES
    assert all(plot["marks"] > 0 and plot["width"] > 250 and plot["says"] for plot in plots), plots
    assert page.errors() == []
    assert page.requested() == [sweep.report.as_uri()]
    names = [f"{trial['cell']} · seed {trial['seed']}" for trial in sweep.found["trials"]]
    listed = page.js("[...document.querySelectorAll('#trials tbody th')].map((cell) => cell.textContent)")
    assert sorted(listed) == sorted(names)
    assert all(plot["seen"] == 1 for plot in plots), "one of the widths"
    assert page.js(ILL_PLACED) == []
    pictures = sum(map(len, re.findall(r'src="data:image[^"]*"', sweep.report.read_text())))
    assert sweep.report.stat().st_size - pictures < 2e6


def test_it_opens_with_the_answer_and_the_picture_then_come_how_sure_and_the_details(
    swept: Callable[[int], Any], browser: Callable[..., Any]
) -> None:
    page = browser(offline=True)
    page.open(swept(3).report.as_uri())
    page.until(READ)
    page.unfold()
    tops = "['.use', 'nav', '#threshold', '#sure', '#cells', '#errors', '#trials'].map((s) => document.querySelector(s)"
    order = page.js(f"{tops}.getBoundingClientRect().top)")
    assert order == sorted(order)
    words = page.js("document.querySelector('.use').textContent")
    assert words.startswith("Use ")
    sees = page.js("[...document.querySelectorAll('figure .see')].map((see) => see.textContent.length)")
    assert min(sees) > 40
    pictures = page.js(
        "[...document.querySelectorAll('.gallery img')].every((img) => img.complete && img.naturalWidth)"
    )
    assert pictures


def test_a_picture_is_at_least_160_pixels_wide_and_opens_larger_without_a_mouse(
    swept: Callable[[int], Any], browser: Callable[..., Any]
) -> None:
    page = browser(offline=True)
    page.open(swept(3).report.as_uri())
    page.until(READ)
    page.unfold()
    widths = "[...document.querySelectorAll('.gallery img')].map((img) => img.getBoundingClientRect().width)"
    for width in (1500, 390):
        page.seen_as(width, 844)
        assert min(page.js(widths)) >= 160
    page.js("document.querySelectorAll('.enlarge')[0].focus()")
    pressed(page, "Enter", "\r")
    named = "document.querySelector('dialog.larger[open] img').alt"
    ids = page.js(
        "[...document.querySelector('.gallery').querySelectorAll('img[alt]:not([alt=\"\"])')].map((img) => img.alt)"
    )
    assert page.js(named) == ids[0]
    pressed(page, "ArrowLeft")
    assert page.js(named) == ids[-1]
    pressed(page, "ArrowRight")
    pressed(page, "ArrowRight")
    assert page.js(named) == ids[1 % len(ids)]
    assert page.js("document.querySelector('dialog.larger img').getBoundingClientRect().width") >= 280
    pressed(page, "Escape")
    page.until("!document.querySelector('dialog.larger').open")
    page.until(f"document.activeElement === document.querySelectorAll('.enlarge')[{1 % len(ids)}]")
    assert page.errors() == []


def pressed(page: Any, key: str, text: str = "") -> None:
    code = {"Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowRight": 39}[key]
    for kind in ("keyDown", "keyUp"):
        said = {"text": text} if text and kind == "keyDown" else {}
        page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **said)


def test_it_fits_a_phone_follows_the_dark_and_prints(swept: Callable[[int], Any], browser: Callable[..., Any]) -> None:
    page = browser(offline=True)
    page.seen_as(390, 844, prefers_color_scheme="dark")
    page.open(swept(3).report.as_uri())
    page.until(READ)
    page.unfold()
    assert page.js("document.documentElement.scrollWidth") <= 390
    plots = page.js(PLOTS)
    assert all(plot["width"] <= 390 and plot["seen"] == 1 for plot in plots)
    assert page.js(ILL_PLACED) == []
    page.seen_as(390, 844, prefers_color_scheme="light")
    assert plots[0]["ink"] == "rgb(232, 235, 239)" and page.js(PLOTS)[0]["ink"] == "rgb(27, 32, 38)"
    assert page.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.call("Page.printToPDF")["data"]) > 100_000
    assert page.errors() == []


def test_the_report_can_be_written_again_from_what_the_run_keeps(
    swept: Callable[[int], Any], browser: Callable[..., Any], tmp_path: Path
) -> None:
    sweep, output = swept(3), tmp_path / "again.html"
    assert run(["report", "--tracking-uri", sweep.uri, "--output", str(output)]) == 0
    assert output.read_text() == sweep.report.read_text()
