"""What changed since the run before, in lines, rows and Markdown."""

from collections.abc import Callable

from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changed, Changes
from steelyard.models.report.dossier import Dossier
from steelyard.models.words import changes_note
from steelyard.models.words.changes_sentences import worded

CHANGES = Changes(
    best={},
    answer=("The result.", "The spec changed."),
    data=("train: 12 images came",),
    spec=(Changed(name="weights", earlier="0.8", later="0.8,0.9"),),
    versions=(),
    cells=(),
)


def test_each_thing_that_changed_is_a_line_and_what_did_not_says_so() -> None:
    assert changes_note.lines(CHANGES) == [
        "The result.",
        "The spec changed.",
        "images: train: 12 images came",
        "spec: weights was 0.8, is 0.8,0.9 now",
        "versions: nothing changed",
    ]


def test_markdown_shows_names_as_they_are_and_counts_the_lines_that_do_not_fit() -> None:
    hostile = CHANGES.model_copy(update={"answer": ("Best is <b>*[dog](x)*",), "data": ("a" * 200, "b", "c")})
    said = changes_note.markdown(hostile, "[1234](http://run)", longest=250)
    assert r"&lt;b>\*\[dog\](x)\*" in said
    assert said.startswith("**Since the run before**, [1234](http://run): ")
    assert said.endswith("* 5 more in the report")


def test_rows_hold_the_best_cell_the_counts_of_each_part_and_what_changed(judged: Callable[..., Dossier]) -> None:
    night = judged()
    rows = changes_note.rows(worded(Pairing(night, night)), night, night)
    assert [row["what"] for row in rows] == ["recommended", *(f"images of {part}" for part in night.about.counts)]
    assert all(row["before"] == row["now"] for row in rows)
    assert rows[0]["now"].startswith(night.best.cell)
