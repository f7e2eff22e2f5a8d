"""The verdict as Markdown."""

from collections.abc import Iterator

from steelyard.models.calibration import sentence
from steelyard.models.markdown import escaped
from steelyard.models.verdict.verdict import CellVerdict, Estimate, Verdict

METRICS = ("recall", "precision", "accuracy")

LONGEST_TABLE = 20
"""Cells in the table; all are in ``cells.csv``."""


def markdown(verdict: Verdict, longest: int) -> str:
    """The answer, a table of the cells, then a line per cell, as many as fit.

    Args:
        verdict: with its words.
        longest: characters that it may have; the answer and the table are not cut here.
    """
    lines = ["**Verdict**", "", *(f"* {escaped(words)}" for words in verdict.words), ""]
    lines += [*_table(verdict), "", "**Cells**, best on val first", ""]
    for number, cell in enumerate(verdict.cells):
        line, left = _cell(cell), len(verdict.cells) - number
        if sum(map(len, lines)) + len(lines) + len(line) + 100 > longest:
            lines.append(f"* and {left} more, in `verdict.json`")
            break
        lines.append(line)
    return "\n".join(lines)


def _table(verdict: Verdict) -> Iterator[str]:
    objective = escaped(verdict.objective)
    yield f"On test at the operating point, mean ±deviation over n seeds and 95 % interval ({objective}):"
    yield ""
    yield f"| cell | n | {' | '.join(METRICS)} | |"
    yield "|---|---|---|---|---|---|"
    for cell in verdict.cells[:LONGEST_TABLE]:
        figures = " | ".join(_figure(cell.point[metric]) for metric in METRICS)
        seeds = len(cell.thresholds) if cell.seeded else "–"
        yield f"| {escaped(cell.cell)} | {seeds} | {figures} | {cell.shape or 'not compared'} |"
    if len(verdict.cells) > LONGEST_TABLE:
        yield f"| and {len(verdict.cells) - LONGEST_TABLE} more, in `cells.csv` | | | | | |"


def _figure(found: Estimate) -> str:
    deviation = "" if found.deviation is None else f" ±{found.deviation:.2f}"
    return escaped(f"{found.value:.2f}{deviation} [{found.low:.2f}, {found.high:.2f}]")


def _cell(cell: CellVerdict) -> str:
    calibration = sentence(cell.cell, cell.calibration, cell.seeded).removeprefix(f"{cell.cell}: ")
    words = (*cell.words, f"{calibration[0].upper()}{calibration[1:]}.")
    return f"* **{escaped(cell.cell)}**: {escaped(' '.join(words))}"
