"""A sweep's note in MLflow: the answer leads it, and whatever is named how, its table keeps its cells."""

import hostile
import pytest
from markdown_it import MarkdownIt

from steelyard.models.words.answer import answer
from steelyard.models.words.verdict_note import headline, markdown

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


@pytest.mark.parametrize("name", [*hostile.NAMES, *PIPES])
def test_the_answer_is_five_lines_whose_third_are_links_and_nothing_in_it_is_one(name: str) -> None:
    said = answer(hostile.called((hostile.NAMES | PIPES)[name]).found)
    assert said is not None
    addresses = {"Report": "#/a?b=c&d", "All trials": "#/e"}
    (paragraph,) = [token for token in MarkdownIt("commonmark").parse(headline(said, addresses)) if token.children]
    kinds = [token.type for token in paragraph.children or []]
    assert kinds.count("hardbreak") == 4 and kinds.count("link_open") == 2
    assert kinds.index("link_open") > kinds.index("hardbreak")
    texts = "".join("\n" if token.type == "hardbreak" else token.content for token in paragraph.children or [])
    lines = texts.split("\n")
    assert lines.pop(2) == "Report · All trials"
    assert lines == [" ".join(line.split()) for line in said.lines]
