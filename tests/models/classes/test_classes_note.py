"""The note of a sweep of many classes: a table of cells, one of classes, and whatever is named how."""

import pytest
from by_hand import cell, of_classes, verdict
from hostile import NAMES
from markdown_it import MarkdownIt

from steelyard.models.words.verdict_note import LONGEST_TABLE, markdown
from steelyard.models.words.verdict_sentences import worded

HOSTILE = [*NAMES.values(), "a | b", "[link](https://example.com)", "`code` ends in \\", "*bold*", "a\r\n\r\n# heading"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_one_line_of_text_in_words_and_one_cell_in_tables(name: str) -> None:
    of = of_classes(0.9, 0.8, 0.3, names=tuple(f"{name}{number}" for number in range(3)))
    found = worded(verdict(cell(**of), cell(f"{name} cell", "worse", **of), wish="balanced_accuracy"))
    for words in (*found.words, *(words for of_cell in found.cells for words in of_cell.words)):
        assert words.isprintable() and len(words) < 4000
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown(found, 100_000))
    assert [token.type for token in tokens].count("td_open") == 6 * (2 + 3)
    inner = {child.type for token in tokens for child in token.children or []}
    assert inner <= {"text", "text_special", "strong_open", "strong_close", "code_inline", "softbreak"}
    assert not {"html_block", "heading_open", "hr", "fence"} & {token.type for token in tokens}


def test_a_table_of_classes_names_the_worst_and_counts_the_rest() -> None:
    recalls = [0.5 + number / 100 for number in range(LONGEST_TABLE + 3)]
    of = of_classes(*recalls, names=tuple(f"class{number:02}" for number in range(len(recalls))))
    note = markdown(worded(verdict(cell(**of), wish="balanced_accuracy")), 100_000)
    assert "| class00 | 200 | 50 | 0.50" in note and "class12 |" not in note
    assert "| and 3 more, in `verdict.json` | | | | | |" in note
