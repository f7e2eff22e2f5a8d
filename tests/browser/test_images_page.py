"""The page of what is wrong with images, made by the command itself and opened by a browser that reaches no network."""

from collections.abc import Callable
from typing import Any

import planted
import pytest

from steelyard.flows.__main__ import run
from steelyard.models.words.found_lines import KINDS

OPEN = "document.querySelector('dialog.larger[open]')"
LIGHT, DARK = {"prefers_color_scheme": "light"}, {"prefers_color_scheme": "dark"}
LAPTOP, PHONE = (1280, 800), (390, 844)

# What is wider than the page, and what hangs over the strip that it lies in.
WIDE = """[...document.querySelectorAll('body *')].filter((one) => {
    const box = one.getBoundingClientRect(), strip = one.closest('.strip')?.getBoundingClientRect();
    return box.right > document.documentElement.clientWidth + 0.5 || (strip && box.right > strip.right + 0.5);
}).map((one) => `${one.tagName} ${one.className}`)"""

KEYS = {"ArrowLeft": 37, "ArrowRight": 39, "Escape": 27}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("planted")
    data, output = planted.planted(folder / "pets"), folder / "findings"
    seen = ["--cache", str(folder / "cache"), "--backbone-size", "64", "--views", "1"]
    assert run(["images", f"folder:{data}", "--output", str(output), *seen]) == 0
    return (output / "index.html").as_uri()


@pytest.fixture
def page(address: str, browser: Callable[..., Any]) -> Any:
    opened = browser(offline=True)
    opened.seen_as(*LAPTOP)
    opened.open(address)
    opened.until("document.readyState === 'complete' && document.querySelector('footer')")
    return opened


def pressed(page: Any, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=KEYS[key])


def clicked(page: Any, selector: str) -> None:
    page.js(f"document.querySelector('{selector}').scrollIntoView({{behavior: 'instant', block: 'center'}})")
    box = page.js(f"document.querySelector('{selector}').getBoundingClientRect().toJSON()")
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left", "clickCount": 1}
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, **at)


def test_all_that_was_planted_has_its_section_and_nothing_is_asked_of_a_network(page: Any, address: str) -> None:
    headings = page.js("[...document.querySelectorAll('main h2')].map((heading) => heading.id)")
    assert headings == [*KINDS, "whole"]
    empty = page.js("[...document.querySelectorAll('.gallery')].filter((one) => !one.querySelector('img')).length")
    drawn = page.js("[...document.querySelectorAll('.gallery img')].every((one) => one.complete && one.naturalWidth)")
    assert empty == 0 and drawn
    assert page.requested() == [address] and page.errors() == []


@pytest.mark.parametrize(("size", "media"), [(LAPTOP, LIGHT), (PHONE, DARK)])
def test_what_to_do_is_on_the_first_screen_and_nothing_is_wider(page: Any, size: Any, media: Any) -> None:
    page.seen_as(*size, **media)
    first = page.js("document.querySelector('.todo li').getBoundingClientRect().bottom")
    assert 0 < first < size[1]
    assert page.js("document.querySelector('.gallery img').getBoundingClientRect().top") < 2 * size[1]
    assert page.js("document.documentElement.scrollWidth") <= size[0]
    assert page.js(WIDE) == []


def test_strips_lie_side_by_side_and_a_suspect_is_one_row_on_a_phone_too(page: Any) -> None:
    tops = "[...document.querySelectorAll('#copies ~ .strips')][0].querySelectorAll('.strip')"
    assert len(set(page.js(f"[...{tops}].slice(0, 2).map((strip) => strip.offsetTop)"))) == 1
    page.seen_as(*PHONE)
    rows = "[...document.querySelectorAll('#labels ~ .strips')][0].querySelector('.strip').querySelectorAll('img')"
    boxes = page.js(f"[...{rows}].map((image) => image.getBoundingClientRect().toJSON())")
    assert len(boxes) == 3 and len({box["top"] for box in boxes}) == 1
    assert min(box["width"] for box in boxes) > 80


def test_a_link_of_what_to_do_jumps_to_its_section(page: Any) -> None:
    page.js("document.documentElement.style.scrollBehavior = 'auto'")
    clicked(page, '.todo a[href="#labels"]')
    page.until("Math.abs(document.querySelector('#labels').getBoundingClientRect().top) < innerHeight / 2")


def test_a_click_shows_a_picture_larger_and_arrow_keys_turn(page: Any) -> None:
    width = page.js("document.querySelector('.strip .enlarge img').getBoundingClientRect().width")
    clicked(page, ".strip .enlarge")
    page.until(OPEN)
    names = page.js("[...document.querySelector('.strip').querySelectorAll('img')].map((image) => image.alt)")
    named = f"{OPEN}.querySelector('img').alt"
    assert page.js(named) == names[0]
    assert page.js(f"{OPEN}.querySelector('img').getBoundingClientRect().width") > 2 * width
    assert names[0] in page.js(f"{OPEN}.innerText"), "the whole path"
    pressed(page, "ArrowRight")
    assert page.js(named) == names[1]
    pressed(page, "ArrowLeft")
    pressed(page, "ArrowLeft")
    assert page.js(named) == names[-1]
    pressed(page, "Escape")
    page.until(f"!{OPEN}")
    assert page.errors() == []


def test_names_are_text_whatever_is_in_them(page: Any) -> None:
    assert page.js("typeof window.ran") == "undefined"
    assert page.js("document.querySelectorAll('img:not([src^=\"data:\"]), main b').length") == 0
    text = page.js("document.body.textContent")
    assert planted.TAGS in text and "near & <b>copy.png" in text and planted.LONG in text
    assert f"'{planted.NUMBER}', mean of" in text
    assert len(page.call("Page.printToPDF")["data"]) > 20_000
