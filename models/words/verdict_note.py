"""The verdict as Markdown."""

from collections.abc import Iterator

from steelyard.models.markdown import escaped
from steelyard.models.metrics.lexicon import EVERY_CLASS, ONE_CLASS
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.phrases import called, capitalised, name, shape
from steelyard.models.words.verdict_of_cell import corrected

LONGEST_TABLE = 20
"""Rows of a table; all cells are in ``cells.csv``, all classes in ``verdict.json``."""


def markdown(verdict: Verdict, longest: int) -> str:
    """The answer, a table of the cells, one of the best cell's classes, then a line per cell, as many as fit.

    The answer and the tables are not cut, however few characters ``longest`` allows.
    """
    lines = ["**Verdict**", "", *(f"* {escaped(words)}" for words in verdict.words), "", *_cells(verdict), ""]
    lines += [*_classes(verdict.cells[0]), ""] if verdict.every_class else []
    lines += ["**Cells**, the recommended one, then best on val first", ""]
    for number, cell in enumerate(verdict.cells):
        line = _cell(cell)
        if sum(map(len, lines)) + len(lines) + len(line) + 100 > longest:
            return "\n".join([*lines, f"* and {len(verdict.cells) - number} more, in `verdict.json`"])
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


def _cell(cell: CellVerdict) -> str:
    words = cell.words
    if cell.calibration:
        calibration = corrected(cell.cell, cell.calibration, cell.seeded).removeprefix(f"{cell.cell}: ")
        words = (*words, f"{capitalised(calibration)}.")
    return f"* **{_name(cell.cell)}**: {escaped(' '.join(words))}"


def _name(text: str) -> str:
    return escaped(called(text))


def _figure(estimate: Estimate) -> str:
    deviation = "" if estimate.deviation is None else f" ±{estimate.deviation:.2f}"
    return escaped(f"{estimate.value:.2f}{deviation} [{estimate.low:.2f}, {estimate.high:.2f}]")
