"""What a report shows before anybody scrolls, what it folds, and how it is read, in a browser without a network."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

import chromium
import kept_classes
import pytest
import synthetic

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.two_sweeps import Joined

LAPTOP, PHONE = (1280, 800), (390, 844)

WORDS = """(() => {
    const whole = document.body.innerText, at = whole.indexOf('\\nDetails');
    return whole.slice(0, at < 0 ? whole.length : at).split(/\\s+/).filter(Boolean).length;
})()"""

BOXES = """(() => Object.fromEntries(['.wish', '.use', '.brings', '.next', '.hero'].map((part) => {
    const box = document.querySelector(`.opening ${part}`).getBoundingClientRect();
    return [part, {top: box.top, bottom: box.bottom, left: box.left, right: box.right}];
})))()"""

SIZES = (
    "['.wish', '.use', '.brings', '.next'].map((s) => parseFloat(getComputedStyle(document.querySelector(s)).fontSize))"
)


def several() -> Dossier:
    """As many cells as the main job has, a handling that failed once, and slices."""
    cells = {"none": 0.0, "weights 0.75": 0.2, "weights 0.9": 0.1, "weights 0.95": 0.0}
    return synthetic.judged(cells=cells, failed=[("weights 0.9", 2)], ward=lambda number: f"{number % 3}")


PAGES: dict[str, Callable[[], str]] = {
    "one": lambda: render.render([several()]),
    "two": lambda: render.render([synthetic.judged(), several()]),
    "since": lambda: render.render_since(Joined.since(synthetic.judged(), several())),
    "lifted": lambda: render.render([synthetic.judged(cells={"none": 0.0, "weights 0.8": 3.0})]),
    "classes": lambda: render.render([kept_classes.kept()]),
}


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Page]:
    """One for all tests, as if it were the window that a person works in."""
    try:
        opened = chromium.opened(tmp_path_factory.mktemp("browser") / "profile", offline=True)
        with opened as page:
            page.call("Emulation.setFocusEmulationEnabled", enabled=True)
            yield page
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """``address("two")`` is that of one of ``PAGES``, which is made once."""
    folder = tmp_path_factory.mktemp("pages")

    def made(name: str) -> str:
        file = folder / f"{name}.html"
        if not file.exists():
            file.write_text(PAGES[name](), encoding="utf-8")
        return file.as_uri()

    return made


@pytest.fixture
def page(tab: chromium.Page, address: Callable[[str], str]) -> Callable[..., Any]:
    """``page("two", PHONE)`` opens one of ``PAGES`` in a window of that size."""

    def opened(name: str, size: tuple[int, int] = LAPTOP, at: str = "") -> chromium.Page:
        tab.seen_as(*size)
        tab.open("about:blank")
        tab.until("location.href === 'about:blank'")
        tab.open(f"{address(name)}{at}")
        tab.until("document.readyState === 'complete' && document.querySelector('footer')")
        return tab

    return opened


@pytest.mark.parametrize("name", PAGES)
def test_the_first_screen_of_laptop_and_phone_holds_the_answer_and_the_picture(page: Any, name: str) -> None:
    opened = page(name)
    for width, height in (LAPTOP, PHONE):
        opened.seen_as(width, height)
        boxes, sizes = opened.js(BOXES), opened.js(SIZES)
        assert all(box["left"] >= 0 and box["right"] <= width for box in boxes.values())
        picture = boxes.pop(".hero")
        assert all(box["bottom"] <= height for box in boxes.values())
        if width == LAPTOP[0]:
            assert picture["bottom"] <= height and picture["left"] > boxes[".use"]["right"]
        else:
            assert boxes[".next"]["bottom"] < picture["top"] <= height - 150
        assert sizes[1] == max(sizes) > sizes[0]
        opened.until(f"document.documentElement.scrollWidth <= {width}")


def test_a_badge_is_told_by_word_and_shape(page: Any) -> None:
    opened = page("two")
    told = opened.js("[...document.querySelectorAll('.opening .badge')].map((one) => one.innerText.trim())")
    shapes = opened.js("[...document.querySelectorAll('.opening .badge path')].map((one) => one.getAttribute('d'))")
    assert told and set(told) <= {"FEASIBLE", "INFEASIBLE", "UNDECIDED"}
    assert len(shapes) == len(told) and len(set(shapes)) == len(set(told))


@pytest.mark.parametrize("name", ["one", "two", "classes"])
def test_at_most_900_words_stand_before_the_details_and_all_topics_are_folded(page: Any, name: str) -> None:
    opened = page(name)
    assert 60 < opened.js(WORDS) <= 900
    assert opened.js("document.querySelectorAll('details.topic').length") >= 6
    assert opened.js("document.querySelectorAll('details[open]').length") == 0


def test_a_link_from_the_top_opens_its_topic(page: Any) -> None:
    opened = page("one")
    targets = opened.js("[...document.querySelectorAll('nav a')].map((link) => link.hash.slice(1))")
    assert targets == ["sure", "cells", "errors", "images", "spec", "trials"]
    for target in targets:
        opened.js(f"document.querySelector('nav a[href=\"#{target}\"]').click()")
        opened.until(f"document.getElementById('{target}').open")
    # The same link again, once its topic was folded by hand.
    opened.js("document.getElementById('trials').open = false")
    opened.js("document.querySelector('nav a[href=\"#trials\"]').click()")
    opened.until("document.getElementById('trials').open")
    assert opened.errors() == []


def test_a_link_into_a_topic_opens_it_when_the_page_is_opened(page: Any) -> None:
    page("one", at="#gallery").until("document.getElementById('errors').open")


def test_on_paper_every_topic_is_open_and_no_page_is_empty(page: Any) -> None:
    opened = page("one")
    paper = base64.b64decode(opened.call("Page.printToPDF")["data"])
    assert len(re.findall(rb"/Type ?/Page\b", paper)) >= 3
    assert opened.js("document.querySelectorAll('details[open]').length") == 0, "folded again"
    # Without scripts as well: styles alone open what is folded.
    opened.call("Emulation.setEmulatedMedia", media="print")
    assert opened.js("[...document.querySelectorAll('.topic table')].every((table) => table.checkVisibility())")


def test_a_wide_table_scrolls_within_itself_on_a_phone_and_shows_that_there_is_more(page: Any) -> None:
    opened = page("one", PHONE)
    opened.js("document.querySelector('nav a[href=\"#cells\"]').click()")
    opened.until("document.getElementById('cells').open")
    table = "document.querySelector('#cells .scroll')"
    assert opened.js(f"{table}.scrollWidth > {table}.clientWidth")
    assert opened.js(f"getComputedStyle({table}).backgroundAttachment").count("local") == 2
    opened.until(f"document.documentElement.scrollWidth <= {PHONE[0]}")


def test_no_paragraph_stands_twice(page: Any) -> None:
    opened = page("one")
    told = opened.js("[...document.querySelectorAll('p, li')].map((one) => one.textContent.trim())")
    long = [words for words in told if len(words.split()) > 12]
    twice = {words for words in long if long.count(words) > 1}
    assert not twice, twice
