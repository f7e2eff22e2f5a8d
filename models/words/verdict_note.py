"""What a sweep's run says of itself in MLflow, as Markdown: the answer with links, and below it the cells."""

from collections.abc import Iterator, Mapping

from steelyard.models.markdown import escaped
from steelyard.models.metrics.registry import EVERY_CLASS, ONE_CLASS
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.answer import Answer
from steelyard.models.words.phrases import called, name, shape

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
    metrics, macro = (EVERY_CLASS, "macro mean") if verdict.every_class else (ONE_CLASS, "mean")
    objective = escaped(verdict.objective)
    yield f"On test at the operating point, {macro} ±deviation over n seeds and 95 % interval ({objective}):"
    yield ""
    yield f"| cell | n | {' | '.join(map(name, metrics))} | |"
    yield "|---|---" + "|---" * len(metrics) + "|---|"
    for cell in verdict.cells[:LONGEST_TABLE]:
        figures = " | ".join(_figure(cell.point[metric]) for metric in metrics)
        seeds = len(cell.thresholds) if cell.seeded else "–"
        yield f"| {_name(cell.cell)} | {seeds} | {figures} | {shape(cell.shape, verdict.main_metric)} |"
    if len(verdict.cells) > LONGEST_TABLE:
        yield f"| and {len(verdict.cells) - LONGEST_TABLE} more, in `cells.csv` | {'| ' * (len(metrics) + 1)}|"


def _classes(best: CellVerdict) -> Iterator[str]:
    """The classes of the best cell, the lowest recall first; those that test lacks last."""
    yield f"Classes of {_name(best.cell)}, the lowest recall first:"
    yield ""
    yield "| class | train | test | recall | precision | F1 |"
    yield "|---|---|---|---|---|---|"
    rising = sorted(best.classes, key=lambda one: (not one.images, one.recall.value))
    for one in rising[:LONGEST_TABLE]:
        figures = [_figure(of) if one.images else "" for of in (one.recall, one.precision, one.f1)]
        yield f"| {_name(one.name)} | {one.train:,} | {one.images:,} | {' | '.join(figures)} |"
    if len(rising) > LONGEST_TABLE:
        yield f"| and {len(rising) - LONGEST_TABLE} more, in `verdict.json` | | | | | |"


def _name(text: str) -> str:
    return escaped(called(text))


def _figure(estimate: Estimate) -> str:
    deviation = "" if estimate.deviation is None else f" ±{estimate.deviation:.2f}"
    return escaped(f"{estimate.value:.2f}{deviation} [{estimate.low:.2f}, {estimate.high:.2f}]")
