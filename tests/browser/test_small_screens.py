"""A sweep's views on a small screen, 1280 pixels wide with MLflow's assistant open: all that they say can be read."""

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Any, Literal

import chromium
import pytest

from steelyard.tasks.tracking import links, saved_views, server

TRIALS, CHARTS = 3, 9
SIZE = 1280, 2400

CARDS = "[...document.querySelectorAll('[data-testid=experiment-view-compare-runs-card]')]"

TEXTS = """(card) => {
    const found = [], walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, range = document.createRange();
        range.selectNodeContents(node);
        const of = range.getBoundingClientRect(), element = node.parentElement;
        if (!node.textContent.trim() || !of.width || getComputedStyle(element).visibility === 'hidden') continue;
        const clipped = element instanceof HTMLElement && element.scrollWidth > element.clientWidth + 1;
        found.push([node.textContent, of.left, of.top, of.right, of.bottom, clipped]);
    }
    return found;
}"""
"""Each text of a card, where it is, and whether it is cut."""

HEADS = """[...document.querySelectorAll('.ag-header-cell')].map((cell) => {
    const text = cell.querySelector('[class*=header-text], span') || cell;
    return [cell.innerText.trim(), text.scrollWidth <= text.clientWidth + 1];
}).filter(([name]) => name)"""

COLUMNS = {"Run Name", "Created", "recall", "precision", "roc_auc", "threshold", "objective_on_val", "Duration"}

Text = tuple[str, float, float, float, float, bool]


@pytest.fixture
def shown(swept: Callable[[int], Any], browser: Callable[..., chromium.Page]) -> Iterator[Callable[..., chromium.Page]]:
    """``shown("")``: the view of a sweep's trials; ``shown("-cells")``: that of its cells; as charts, or as a table."""
    sweep = swept(TRIALS)
    with server.serve(sweep.uri, server._any_free()) as (base, _):

        def view(which: str, mode: Literal["CHART", "TABLE"] = "CHART") -> chromium.Page:
            page = browser()
            page.seen_as(*SIZE)
            key = f"{sweep.found['sweep_run_id']}{which}"
            page.open(links.view_link(base, sweep.found["experiment_id"], key, mode))
            page.until(
                "/MLflow Assistant/.test(document.body.innerText) && /Model training/.test(document.body.innerText)"
            )
            return page

        yield view


def charts(page: chromium.Page) -> list[dict[str, Any]]:
    """The cards, once each is drawn and no longer moves."""
    drawn = "document.querySelectorAll('.js-plotly-plot .main-svg').length"
    page.until(f"{CARDS}.length >= {CHARTS} && {drawn} >= {CHARTS - 1} && document.querySelector('text.label')")
    found: list[dict[str, Any]] = page.js(
        f"{CARDS}.slice(0, {CHARTS}).map((card) => {{ const of = card.getBoundingClientRect();"
        f" return {{left: of.left, right: of.right, width: of.width, top: of.top, texts: ({TEXTS})(card)}}; }})"
    )
    return found


def overlaid(one: Text, other: Text) -> bool:
    """Whether two texts share more than the edge of a letter."""
    wide = min(one[3], other[3]) - max(one[1], other[1])
    high = min(one[4], other[4]) - max(one[2], other[2])
    return wide > 1 and high > 3


@pytest.mark.parametrize("which", ["", saved_views.GROUPED])
def test_charts_stand_in_two_columns_and_no_text_is_cut_or_laid_over_another(
    shown: Callable[..., chromium.Page], which: str
) -> None:
    cards = charts(shown(which))
    parallel, others = cards[0], cards[1:]
    assert parallel["width"] > 600 and all(card["width"] > 300 for card in others)
    assert {len([card for card in others if card["top"] == top]) for top in {card["top"] for card in others}} == {2}
    for card in cards:
        # MLflow's own titles of charts, which a newer Chromium draws a few pixels wider, end in an ellipsis.
        assert [text[0] for text in card["texts"] if text[5] and " vs. " not in text[0]] == []
        assert all(card["left"] <= text[1] and text[3] <= card["right"] for text in card["texts"])
        assert [(one[0], other[0]) for one, other in combinations(card["texts"], 2) if overlaid(one, other)] == []


def test_parallel_coordinates_have_at_most_five_axes_whose_heads_stand_apart(
    shown: Callable[..., chromium.Page],
) -> None:
    page = shown("")
    charts(page)
    heads = page.js(
        "[...document.querySelectorAll('text.label')].map((text) => {"
        " const of = text.getBoundingClientRect(); return [text.textContent, of.left, of.right]; })"
    )
    assert [name for name, *_ in heads] == ["weight_positive", "objective_on_val", "recall", "precision", "roc_auc"]
    assert all(right + 10 < left for (_, _, right), (_, left, _) in pairwise(heads))


@pytest.mark.parametrize("which", ["", saved_views.GROUPED])
def test_the_heads_of_the_tables_columns_are_whole_and_differ(shown: Callable[..., chromium.Page], which: str) -> None:
    page = shown(which, "TABLE")
    # MLflow 3.17 keeps the order of the columns in three openings of four; in the fourth they are sorted by name.
    page.until(f"{HEADS}.length >= 8")
    heads = page.js(HEADS)
    assert {name for name, _ in heads} == COLUMNS and len(heads) == len(COLUMNS) and all(whole for _, whole in heads)
