import re
from dataclasses import replace

import pytest
import synthetic_classes as synthetic
from hostile import NAMES
from markdown_it import MarkdownIt
from synthetic import verdict_of

from steelyard.models.markdown import escaped
from steelyard.models.objective import Objective
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.verdict_note import LONGEST_TABLE, markdown

HOSTILE = [
    *NAMES.values(),
    "a | b",
    "[link](https://example.com)",
    "`code` ends in \\",
    "*bold*",
    "a\r\n\r\n# heading",
    "\x00\x1b[31m",
]


def renamed(name: str) -> Verdict:
    """A sweep whose classes, cells and objective are called this."""
    names = tuple(f"{name}{number}" for number in range(4))
    evidence = synthetic.sweep({"none": 0.0, "other": 1.0}, names=names, samples=30)
    # A name that no command line could write, so not parsed.
    evidence = replace(evidence, objective=Objective("recall", "precision", 0.3, class_name=names[3]))
    called = [
        one
        if one.outcome.cell == "none"
        else replace(one, outcome=one.outcome.model_copy(update={"cell": f"{name} cell"}))
        for one in evidence.trials
    ]
    return verdict_of(replace(evidence, trials=called))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stays_one_line_of_text_in_words_and_one_cell_in_tables(name: str) -> None:
    verdict = renamed(name)
    for words in (*verdict.words, *(words for cell in verdict.cells for words in cell.words)):
        assert words.isprintable()
        assert len(words) < 4000
    note = markdown(verdict, 100_000)
    rows = [line for line in note.split("\n") if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} == {8, 7}
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(note)
    inner = {child.type for token in tokens for child in token.children or []}
    assert inner <= {"text", "text_special", "strong_open", "strong_close", "code_inline", "softbreak"}
    assert not {"html_block", "heading_open", "hr", "fence"} & {token.type for token in tokens}
    assert all(
        line.startswith(("**In detail", "* ", "|", "On test", "Classes of")) for line in note.splitlines() if line
    )


def test_a_note_has_a_table_of_cells_one_of_classes_and_the_sentences_of_the_verdict() -> None:
    verdict = verdict_of(synthetic.sweep(samples=50))
    note = markdown(verdict, 100_000)
    assert "**In detail**\n\n* Recommended for balanced accuracy: " in note
    assert "| cell | n | balanced accuracy | precision | accuracy | F1 | |" in note
    assert "| class | train | test | recall | precision | F1 |" in note
    assert "| none | 3 | " in note
    assert "| dog | 30 | 30 | " in note
    assert all(f"* {escaped(words)}" in note for words in verdict.words)


def test_sentences_that_do_not_fit_are_counted() -> None:
    verdict = verdict_of(synthetic.sweep(samples=50))
    longest = len(markdown(verdict, 100_000)) - 10
    note = markdown(verdict, longest)
    assert len(note) <= longest
    assert note.endswith("more, in `verdict.json`")


def test_a_table_of_classes_names_the_worst_and_counts_the_rest() -> None:
    names, train = tuple(f"class {of}" for of in range(30)), tuple(range(130, 100, -1))
    verdict = verdict_of(synthetic.sweep({"none": 0.0}, names=names, train=train, sizes=(5,) * 30, samples=30))
    note = markdown(verdict, 100_000)
    assert note.count("\n| class ") == LONGEST_TABLE + 1
    assert f"| and {30 - LONGEST_TABLE} more, in `verdict.json` | | | | | |" in note
    worst = min(verdict.cells[0].classes, key=lambda of: of.recall.value)
    assert f"\n|---|---|---|---|---|---|\n| {worst.name} | " in note


def test_a_class_that_test_lacks_has_no_figures() -> None:
    note = markdown(verdict_of(synthetic.sweep({"none": 0.0}, sizes=(30, 30, 0, 30), samples=30)), 100_000)
    assert "| cat | 100 | 0 |  |  |  |" in note
