"""The verdict in MLflow's note: whatever classes, cells and slices are called, its table keeps its cells."""

import hostile
import pytest
from markdown_it import MarkdownIt

from steelyard.models.words.verdict_note import markdown

PIPES = {"pipe": "a | b | c", "code": "`a` | ``b``", "link": "[a](https://example.com)", "stars": "*a* __b__ ~~c~~"}


@pytest.mark.parametrize("name", [*hostile.NAMES, *PIPES])
def test_a_note_keeps_its_table_whatever_is_named_how(name: str) -> None:
    verdict = hostile.called((hostile.NAMES | PIPES)[name]).found.verdict
    assert verdict is not None
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown(verdict, 8000))
    kinds = [token.type for token in tokens]
    assert kinds.count("td_open") == 6 * len(verdict.cells)
    inner = {child.type for token in tokens for child in token.children or []}
    assert inner <= {"text", "text_special", "strong_open", "strong_close", "code_inline", "softbreak"}
    assert not {"html_block", "heading_open", "hr", "fence"} & set(kinds)
