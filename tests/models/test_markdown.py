"""What users name is shown as it is by a Markdown parser: a table keeps its cells, and nothing becomes a link."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from steelyard.models.markdown import code, escaped
from steelyard.models.names import printable

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
NAMES = [
    "a|b", "| a |", "\\|", "a\\", "<b>bold</b>", "<img src=x onerror=alert(1)>", "[l](http://example.com)", "![i](x)",
    "`id`", "``", "*a* **b** _c_ __d__ ~~e~~", "# head", "> quote", "- item", "+ item", "1. item", "12) item", "---",
    "===", "&lt;b&gt; &amp; &#60;", "https://example.com/x", "www.example.com", "@user", "a@example.com", "<a@b.c>",
    "$(rm -rf ~); `id` | tee &", "a\nb", "a\n\nb", "a\n| c | d |", "x" * 300, "0.43 [0.22, 0.67]", "-0.02", "2 of 3",
    "a\0b", "\x1b[31m",
]  # fmt: skip
hostile = st.text(st.sampled_from("|\\`*_[]()<>&#~!-+=.1 a:/@\n")) | st.text()


def shown(tokens: list[Token]) -> str:
    return "".join(
        shown(token.children) if token.children else "\n" if token.type == "softbreak" else token.content
        for token in tokens
    )


def flat(text: str) -> str:
    return printable(" ".join(text.split()))


def keeps_to_its_cell(text: str) -> None:
    parsed = PARSER.parse(f"| {escaped(text)} | b |\n|---|---|\n| **x**: {escaped(text)} | d |\n\nafter")
    kinds = Counter(token.type for token in parsed)
    assert (kinds["th_open"], kinds["td_open"], kinds["tr_open"], kinds["table_open"]) == (2, 2, 2, 1)
    first, _, third, *_ = (token for token in parsed if token.type == "inline")
    assert (flat(first.content and shown([first])), flat(shown([third]))) == (flat(text), flat(f"x: {text}"))
    assert {child.type for child in first.children or []} <= {"text", "text_special"}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_keeps_to_its_cell_and_reads_as_it_is(name: str) -> None:
    keeps_to_its_cell(name)


@given(hostile)
def test_any_text_keeps_to_its_cell_and_reads_as_it_is(text: str) -> None:
    keeps_to_its_cell(text)


@given(hostile)
def test_any_text_is_one_paragraph_and_one_item(text: str) -> None:
    for before, kind in (("", "paragraph_open"), ("* ", "bullet_list_open")):
        parsed = PARSER.parse(before + (escaped(text) or "empty"))
        assert parsed[0].type == kind
        assert [token.type for token in parsed].count("inline") == 1
        assert flat(shown(parsed)) == (flat(text) or "empty")


@pytest.mark.parametrize("address", ["http://a.b", "see https://a.b/c", "WWW.a.b", "a@b.c", "@user"])
def test_no_address_is_left_for_a_page_that_links_what_looks_like_one(address: str) -> None:
    assert not any(mark in escaped(address).lower() for mark in ("://", "www.", "@"))


def test_an_objective_stays_legible() -> None:
    assert escaped("recall @ precision >= 0.7") == "recall @ precision >= 0.7"


@given(hostile)
def test_any_text_can_be_code(text: str) -> None:
    (inline,) = (token for token in PARSER.parse(f"x {code(text)} y") if token.type == "inline")
    if flat(text):
        assert [child.type for child in inline.children or []] == ["text", "code_inline", "text"]
        assert flat((inline.children or [])[1].content) == flat(text)
