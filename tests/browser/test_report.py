"""The report of a sweep, opened from disk by a real browser that reaches no network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steelyard.flows.__main__ import run

FIGURES = {"pr", "roc", "forest", "weights", "learning", "classes", "marks"}

DRAWN = "document.body && document.body.dataset.drawn === String(document.querySelectorAll('.drawing').length)"

# Of each plot: its figure, its width, how many lines, points and bars it has, and what it says of itself.
PLOTS = """[...document.querySelectorAll('.axes')].map((axes) => ({
    figure: axes.closest('figure').id,
    width: axes.querySelector('.main-svg').getBoundingClientRect().width,
    page: document.documentElement.clientWidth,
    marks: axes.querySelectorAll('.scatterlayer path.js-line, .scatterlayer path.point, .barlayer path').length,
    ink: getComputedStyle(axes.querySelector('.xtick text, .legendtext')).fill,
    says: axes.getAttribute('aria-label'),
}))"""


@pytest.mark.parametrize("trials", [3, 40])
def test_every_figure_is_drawn_from_disk_with_the_network_off(
    trials: int, swept: Callable[[int], Any], browser: Callable[..., Any]
) -> None:
    sweep, page = swept(trials), browser(offline=True)
    page.open(sweep.report.as_uri())
    page.until(DRAWN)
    plots = page.js(PLOTS)
    assert {plot["figure"] for plot in plots} == FIGURES
    assert all(plot["marks"] > 0 and plot["width"] > 250 and plot["says"] for plot in plots), plots
    assert page.errors() == []
    assert page.requested() == [sweep.report.as_uri()]
    names = [f"{trial['cell']} · seed {trial['seed']}" for trial in sweep.found["trials"]]
    listed = page.js("[...document.querySelectorAll('#trials tbody th')].map((cell) => cell.textContent)")
    assert sorted(listed) == sorted(names)
    lines = page.js("document.querySelectorAll('#pr .scatterlayer .js-line').length")
    assert lines >= trials, "a line per trial"
    assert sweep.report.stat().st_size < 10e6


def test_it_opens_with_the_answer_and_the_picture_then_come_how_sure_and_the_details(
    swept: Callable[[int], Any], browser: Callable[..., Any]
) -> None:
    page = browser(offline=True)
    page.open(swept(3).report.as_uri())
    page.until(DRAWN)
    page.js("document.querySelectorAll('details').forEach((topic) => { topic.open = true; })")
    tops = "['.use', 'nav', '#sure', '#forest', '#cells', '#weights'].map((s) => document.querySelector(s)"
    order = page.js(f"{tops}.getBoundingClientRect().top)")
    assert order == sorted(order)
    words = page.js("document.querySelector('.use').textContent")
    assert words.startswith("Use ") and "at threshold" in words
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
    page.until(DRAWN)
    page.js("document.getElementById('errors').open = true")
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


def test_it_fits_a_phone_follows_the_dark_and_is_as_wide_as_the_paper_it_is_printed_on(
    swept: Callable[[int], Any], browser: Callable[..., Any]
) -> None:
    page = browser(offline=True)
    page.seen_as(390, 844, prefers_color_scheme="dark")
    page.open(swept(3).report.as_uri())
    page.until(DRAWN)
    assert page.js("document.documentElement.scrollWidth") <= 390
    assert all(plot["width"] <= 390 for plot in page.js(PLOTS))
    dark = page.js(PLOTS)[0]["ink"]
    page.seen_as(390, 844, prefers_color_scheme="light")
    page.until(f"getComputedStyle(document.querySelector('.xtick text')).fill !== '{dark}'")
    page.until(DRAWN)
    paper = page.js("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert len(page.call("Page.printToPDF")["data"]) > 100_000
    assert page.errors() == []


def test_hovering_says_which_trial_and_which_threshold(
    swept: Callable[[int], Any], browser: Callable[..., Any]
) -> None:
    page = browser(offline=True)
    page.open(swept(3).report.as_uri())
    page.until(DRAWN)
    page.js("document.querySelector('#pr').scrollIntoView({behavior: 'instant'})")
    spot = page.js("""(() => {
        const axes = document.querySelector('#pr .axes'), box = axes.querySelector('.nsewdrag').getBoundingClientRect();
        const trace = axes._fullData.find((one) => one.customdata), layout = axes._fullLayout;
        const at = Math.floor(trace._length / 4);
        const x = box.left + layout.xaxis.d2p(trace.x[at]), y = box.top + layout.yaxis.d2p(trace.y[at]);
        return {x, y};
    })()""")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=spot["x"], y=spot["y"])
    page.until("document.querySelector('#pr .hovertext')")
    told = page.js("document.querySelector('#pr .hovertext').textContent")
    assert "seed" in told or "mean of seeds" in told, told


def test_the_report_can_be_written_again_from_what_the_run_keeps(
    swept: Callable[[int], Any], browser: Callable[..., Any], tmp_path: Path
) -> None:
    sweep, output = swept(3), tmp_path / "again.html"
    assert run(["report", "--tracking-uri", sweep.uri, "--output", str(output)]) == 0
    assert output.read_text() == sweep.report.read_text()
