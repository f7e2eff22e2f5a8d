"""The verdict in the terminal: cell by cell, the scores as probabilities, and last the answer."""

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from steelyard.models.calibration import Reliability, sentence
from steelyard.models.verdict.verdict import CellVerdict, Verdict
from steelyard.tasks.report import rows, sentences
from steelyard.tasks.report.sentences import LONGEST


def show(verdict: Verdict, console: Console) -> None:
    """Print what each cell showed, how far its scores can be believed, and what the sweep showed.

    Args:
        verdict: with its words.
        console: standard output.
    """
    sentences.warn(verdict.words, verdict.optimistic, console)
    sentences.of_cells(verdict.cells, console)
    console.print(_probabilities(verdict))
    for cell in verdict.cells[:LONGEST]:
        if cell.calibration[0].misfit:
            console.print(Text(f"{sentence(cell.cell, cell.calibration, cell.seeded)}.", style="yellow"), end="\n\n")
    sentences.of_sweep(verdict.words, verdict.optimistic, console)


def _probabilities(verdict: Verdict) -> Table:
    prevalence = verdict.cells[0].calibration[0].prevalence
    title = f"scores as probabilities, on test as if {100 * prevalence:.3g} % were positive:"
    corrected = "as they come, then corrected for the prior of the loss; mean ±deviation"
    table = rows.table(f"{title}\n{corrected}", "cell")
    for title in ("Brier", "corrected", "calibration error", "corrected"):
        table.add_column(title, justify="right", min_width=12)
    for cell in verdict.cells[:LONGEST]:
        table.add_row(rows.name(cell.cell, cell.recipe), *_figures(cell, "brier"), *_figures(cell, "calibration_error"))
    return table


def _figures(cell: CellVerdict, field: str) -> tuple[str, str]:
    before, after = [each.before for each in cell.calibration], [each.after for each in cell.calibration if each.after]
    return _mean(before, field), _mean(after, field) if len(after) == len(before) else "-"


def _mean(of: Sequence[Reliability], field: str) -> str:
    values = [getattr(each, field) for each in of]
    return f"{np.mean(values):.3f} ±{np.std(values, ddof=1):.3f}" if len(values) > 1 else f"{values[0]:.3f}"
