"""What a sweep's run says of itself in MLflow, as Markdown: the answer with links, and below it the cells."""

from collections.abc import Iterator, Mapping

from steelyard.models.markdown import escaped
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.answer import Answer
from steelyard.models.words.cells_in_brief import in_full

LONGEST_TABLE = 12
"""Rows of a table; all cells are in ``cells.csv``, all classes in ``verdict.json``."""


def headline(said: Answer, addresses: Mapping[str, str]) -> str:
    """The answer, with links in its third line: MLflow's page shows three lines of a note until more are asked for.

    Args:
        said: the answer.
        addresses: label -> address of each link.
    """
    badge, wish = said.badge_line.split(": ", maxsplit=1)
    links = " · ".join(f"[{escaped(label)}]({address})" for label, address in addresses.items())
    lines = f"**{badge}**: {escaped(wish)}", escaped(said.use), links, escaped(said.brings), escaped(said.next)
    return "  \n".join(lines)


def markdown(verdict: Verdict, longest: int) -> str:
    """A table of the cells, one of the best cell's classes, then the sentences of the verdict, as many as fit.

    The tables are not cut, however few characters ``longest`` allows.
    """
    lines = [*_cells(verdict), ""]
    lines += [*_classes(verdict.cells[0]), ""] if verdict.every_class else []
    lines += ["**In detail**", ""]
    for number, words in enumerate(verdict.words):
        line = f"* {escaped(words)}"
        if sum(map(len, lines)) + len(lines) + len(line) + 100 > longest:
            return "\n".join([*lines, f"* and {len(verdict.words) - number} more, in `verdict.json`"])
        lines.append(line)
    return "\n".join(lines)


def _cells(verdict: Verdict) -> Iterator[str]:
    table = in_full(verdict)
    yield f"{table.title} ({escaped(verdict.objective)}):"
    yield ""
    yield f"| {' | '.join(' '.join(head.split()) for head in table.heads)} |"
    yield "|---" * len(table.heads) + "|"
    for row in table.rows[:LONGEST_TABLE]:
        yield f"| {' | '.join(escaped(' '.join(of.splitlines())) for of in row)} |"
    if (more := len(table.rows) - LONGEST_TABLE) > 0:
        yield f"| and {more} more, in `cells.csv` {'| ' * (len(table.heads) - 1)}|"


def _classes(best: CellVerdict) -> Iterator[str]:
    """The classes of the best cell, the lowest recall first."""
    rising = say.rising(best)
    yield f"Classes of {escaped(say.called(best.cell))}, the lowest recall first:"
    yield ""
    yield "| class | train | test | recall | precision | F1 |"
    yield "|---|---|---|---|---|---|"
    for one in rising[:LONGEST_TABLE]:
        figures = " | ".join(escaped(say.figures(of)) for of in (one.recall, one.precision, one.f1))
        yield f"| {escaped(say.called(one.name))} | {one.train:,} | {one.images:,} | {figures} |"
    if len(rising) > LONGEST_TABLE:
        yield f"| and {len(rising) - LONGEST_TABLE} more, in `verdict.json` | | | | | |"
